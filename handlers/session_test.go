package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// living sets the lifetimes of sessions.
func living(idle, maxAge time.Duration) func(*auth.Config, *handlers.Config) {
	return func(c *auth.Config, _ *handlers.Config) { c.Idle, c.MaxAge = idle, maxAge }
}

// The warning offers to stay signed in if the session can be extended, and otherwise
// to sign in again.
func TestExpiryWarning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		idle, maxAge time.Duration
		want, not    string
	}{
		{"idle end", time.Hour, 24 * time.Hour, "Stay signed in", "/api/auth/signed-in"},
		{"absolute end", time.Hour, time.Hour, "/api/auth/signed-in", "Stay signed in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t, living(c.idle, c.maxAge))
			b := authtest.NewBrowser(t)
			if page := a.SignIn(t, b, authtest.Ada); !strings.Contains(page.Text, `data-expires-in="3599"`) && !strings.Contains(page.Text, `data-expires-in="3600"`) {
				t.Errorf("the page does not say that its session ends in an hour:\n%s", page.Text)
			}
			fragment(b, "body")
			page := b.Get(a.URL + "/api/auth/session")
			if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, c.want) || strings.Contains(page.Text, c.not) || !strings.Contains(page.Text, "Sign Out") {
				t.Errorf("the warning: got status %d and\n%s\nwant %q and no %q", page.StatusCode, page.Text, c.want, c.not)
			}
		})
	}
}

// What the script computes with, and the list of sessions, follow the clock that ends
// sessions.
func TestExpiryFollowsTheClockOfSessions(t *testing.T) {
	t.Parallel()
	clock := authtest.NewClock()
	a := handlerstest.Start(t, living(24*time.Hour, 48*time.Hour), func(c *auth.Config, _ *handlers.Config) { c.TestClock = clock.Now })
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	clock.Advance(6 * time.Hour)
	if date := b.Get(a.URL + "/api/auth/session").Header.Get("Date"); date != clock.Now().UTC().Format(http.TimeFormat) {
		t.Errorf("six hours later: got the date %s, want the clock's, %s", date, clock.Now())
	}
	fragment(b, "body") // no activity
	page := b.Get(a.URL + "/profile")
	page.Text = strings.Replace(page.Text, `"64799"`, `"64800"`, 1) // expiries are in milliseconds
	for _, want := range []string{`data-expires-in="64800"`, "6 hours ago</time>", "in 18 hours</time>"} {
		if !strings.Contains(page.Text, want) {
			t.Errorf("six hours later: got\n%s\nwant %s in it", page.Text, want)
		}
	}
}

// The keep-alive request counts as activity; reading the session does not.
func TestKeepAliveMovesExpiry(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, living(10*time.Second, time.Hour))
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	session := func() string { return b.Get(a.URL + "/api/auth/session").Text }
	first := session()
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if got := session(); got != first {
			t.Fatalf("asking has moved the end: got %s, want %s", got, first)
		}
	}
	fragment(b, "form")
	if got := b.Post(a.URL+"/api/auth/session", nil).StatusCode; got != http.StatusNoContent {
		t.Errorf("Stay signed in: got status %d, want 204", got)
	}
	b.Header = http.Header{}
	if got := session(); got == first {
		t.Errorf("staying has not moved the end: got %s", got)
	}
	if got := b.Post(a.URL+"/api/auth/session", nil).StatusCode; got != http.StatusSeeOther {
		t.Errorf("Stay signed in, without htmx: got status %d, want 303", got)
	}
	if got := authtest.NewBrowser(t).Post(a.URL+"/api/auth/session", nil).StatusCode; got != http.StatusUnauthorized {
		t.Errorf("Stay signed in, signed out: got status %d, want 401", got)
	}
}

// A refresh by the script does not count as activity; the same page opened by the
// person does.
func TestRefreshByScriptIsNotActivity(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, living(10*time.Second, time.Hour))
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	session := func() string { return b.Get(a.URL + "/api/auth/session").Text }
	first := session()
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		fragment(b, "body")
		page := b.Get(a.URL + "/profile")
		b.Header = http.Header{}
		if got := session(); page.StatusCode != http.StatusOK || got != first {
			t.Fatalf("a refresh: got status %d, and the end moved to %s, want it left at %s", page.StatusCode, got, first)
		}
	}
	b.Get(a.URL + "/profile")
	if got := session(); got == first {
		t.Errorf("a visit by the person has not moved the end: got %s", got)
	}
}
