package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

func TestFrontChannelLogoutResponseHeaders(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, handlerstest.FrontChannelLogout)
	page := authtest.NewBrowser(t).Get(a.FrontChannelLogoutURL("asgardeo", nil))
	if page.StatusCode != http.StatusOK || page.Text != "" {
		t.Errorf("got status %d and body %q, want 200 and nothing", page.StatusCode, page.Text)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors *", "X-Frame-Options": "", "Set-Cookie": ""} {
		if got := page.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for _, path := range []string{"/", "/profile", "/api/auth/session", "/api/auth/frontchannel-logout/unknown"} {
		if got := authtest.NewBrowser(t).Get(a.URL + path).Header.Get("Content-Security-Policy"); !strings.Contains(got, "frame-ancestors 'none'") {
			t.Errorf("%s may be framed: got %q", path, got)
		}
	}
}

func TestFrontChannelLogoutRateLimit(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t, handlerstest.FrontChannelLogout, func(_ *auth.Config, c *handlers.Config) { c.RateLimit = 3 }), authtest.NewBrowser(t)
	var got []int
	for range 4 {
		page := b.Get(a.FrontChannelLogoutURL("asgardeo", nil))
		got = append(got, page.StatusCode)
		if page.StatusCode == http.StatusTooManyRequests && page.Header.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
	}
	if diff := cmp.Diff([]int{200, 200, 200, 429}, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	if page := b.Post(a.URL+"/api/auth/signin/asgardeo", nil); page.StatusCode != http.StatusSeeOther {
		t.Errorf("Sign in, after frames used up theirs: got status %d, want 303", page.StatusCode)
	}
}
