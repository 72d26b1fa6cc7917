package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
)

func listenToFrontChannel(c *auth.Config, _ *handlers.Config) {
	for i := range c.Providers {
		c.Providers[i].FrontChannelLogout = true
	}
}

// basePage is what a frame on the provider's page loads.
func (a *app) basePage(provider string, query url.Values) string {
	return a.URL + "/api/auth/frontchannel-logout/" + provider + "?" + query.Encode()
}

// sameAnswer is what of an answer must not differ, whatever came of it.
func sameAnswer(page *authtest.Page) map[string]any {
	header := page.Header.Clone()
	header.Del("Date")
	for name := range header { // the limit's count, which is the asker's own
		if strings.HasPrefix(name, "X-Ratelimit") {
			header.Del(name)
		}
	}
	return map[string]any{"status": page.StatusCode, "header": header, "body": page.Text}
}

// Front-Channel Logout 1.0 sections 2 and 3: by iss and sid, and by nothing
// else. Whoever asks cannot tell from the answer what came of it.
func TestFrontChannelLogout(t *testing.T) {
	t.Parallel()
	a := start(t, listenToFrontChannel)
	other := a.addProvider(t)
	a.restart(t, listenToFrontChannel)
	b := authtest.NewBrowser(t)
	a.signInAt(t, b, "asgardeo", authtest.Ada)
	iss, sid := a.Provider.Issuer(), a.Provider.Sessions()[0].SID
	stranger := authtest.NewBrowser(t)
	var first map[string]any
	for _, c := range []struct {
		name     string
		provider string
		query    url.Values
		browser  *authtest.Browser // nil: one without cookies
		ends     bool
	}{
		{"an unknown sid", "asgardeo", url.Values{"iss": {iss}, "sid": {"unknown"}}, nil, false},
		{"no parameters", "asgardeo", nil, nil, false},
		{"no parameters, in the person's own browser", "asgardeo", nil, b, false},
		{"an unknown sid, in the person's own browser", "asgardeo", url.Values{"iss": {iss}, "sid": {"unknown"}}, b, false},
		{"no iss", "asgardeo", url.Values{"sid": {sid}}, nil, false},
		{"no sid", "asgardeo", url.Values{"iss": {iss}}, nil, false},
		{"an empty sid", "asgardeo", url.Values{"iss": {iss}, "sid": {""}}, nil, false},
		{"another iss", "asgardeo", url.Values{"iss": {"https://evil.example"}, "sid": {sid}}, nil, false},
		{"iss with a slash behind it", "asgardeo", url.Values{"iss": {iss + "/"}, "sid": {sid}}, nil, false},
		{"another provider's iss", "asgardeo", url.Values{"iss": {other.Issuer()}, "sid": {sid}}, nil, false},
		{"another provider, by its own iss", "other", url.Values{"iss": {other.Issuer()}, "sid": {sid}}, nil, false},
		{"another provider, by the right one's iss", "other", url.Values{"iss": {iss}, "sid": {sid}}, nil, false},
		{"iss doubled", "asgardeo", url.Values{"iss": {iss, iss}, "sid": {sid}}, nil, false},
		{"sid doubled", "asgardeo", url.Values{"iss": {iss}, "sid": {sid, sid}}, nil, false},
		{"the subject for a sid", "asgardeo", url.Values{"iss": {iss}, "sid": {authtest.Ada.Subject}}, nil, false},
		{"the sid and 10 KB more", "asgardeo", url.Values{"iss": {iss}, "sid": {sid + strings.Repeat("x", 10_000)}}, nil, false},
		{"the right iss and sid", "asgardeo", url.Values{"iss": {iss}, "sid": {sid}}, nil, true},
		{"the same again", "asgardeo", url.Values{"iss": {iss}, "sid": {sid}}, nil, true},
	} {
		browser := c.browser
		if browser == nil {
			browser = stranger
		}
		page := browser.Get(a.basePage(c.provider, c.query))
		if got := a.isSignedIn(b); got == c.ends {
			t.Errorf("%s: signed in afterwards: %t, want %t", c.name, got, !c.ends)
		}
		if first == nil {
			first = sameAnswer(page)
		}
		if diff := cmp.Diff(first, sameAnswer(page)); diff != "" {
			t.Errorf("%s: the answer tells what came of it: first -, this +\n%s", c.name, diff)
		}
	}
}

func TestFrontChannelLogoutAnswer(t *testing.T) {
	t.Parallel()
	a := start(t, listenToFrontChannel)
	page := authtest.NewBrowser(t).Get(a.basePage("asgardeo", nil))
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

func TestFrontChannelLogoutOnlyWhereSwitchedOn(t *testing.T) {
	t.Parallel()
	a, b := start(t), authtest.NewBrowser(t)
	a.signInAt(t, b, "asgardeo", authtest.Ada)
	query := url.Values{"iss": {a.Provider.Issuer()}, "sid": {a.Provider.Sessions()[0].SID}}
	for _, provider := range []string{"asgardeo", "unknown"} {
		if page := b.Get(a.basePage(provider, query)); page.StatusCode != http.StatusNotFound || !a.isSignedIn(b) {
			t.Errorf("%s: got status %d, signed in %t; want 404, and Ada signed in", provider, page.StatusCode, a.isSignedIn(b))
		}
	}
	if page := b.Post(a.basePage("asgardeo", query), nil); page.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: got status %d, want 405", page.StatusCode)
	}
}

// A stranger who guesses, or who has seen a sid that is long over, ends and
// stops nothing.
func TestFrontChannelLogoutStopsNoSignIn(t *testing.T) {
	t.Parallel()
	a, b := start(t, listenToFrontChannel), authtest.NewBrowser(t)
	a.signInAt(t, b, "asgardeo", authtest.Ada)
	query := url.Values{"iss": {a.Provider.Issuer()}, "sid": {a.Provider.Sessions()[0].SID}}
	begun := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	callback := b.SignIn(begun.Redirect, authtest.Ada)
	b.Get(a.basePage("asgardeo", query))
	if b.Walk(callback); !a.isSignedIn(b) {
		t.Errorf("the sign-in under way was stopped; log:\n%s", a.Log)
	}
}

func TestFrontChannelLogoutIsLimited(t *testing.T) {
	t.Parallel()
	a, b := start(t, listenToFrontChannel, func(_ *auth.Config, c *handlers.Config) { c.RateLimit = 3 }), authtest.NewBrowser(t)
	var got []int
	for range 4 {
		page := b.Get(a.basePage("asgardeo", nil))
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

// A stranger's frames make us ask nobody.
func TestFrontChannelLogoutAsksNoProvider(t *testing.T) {
	t.Parallel()
	a := start(t, listenToFrontChannel)
	for range 5 {
		authtest.NewBrowser(t).Get(a.basePage("asgardeo", url.Values{"iss": {a.Provider.Issuer()}, "sid": {"guess"}}))
	}
	for _, endpoint := range []authtest.Endpoint{authtest.DiscoveryEndpoint, authtest.JWKSEndpoint} {
		if got := a.Provider.Requests(endpoint); got != 0 {
			t.Errorf("got %d requests to %s, want none", got, endpoint)
		}
	}
}
