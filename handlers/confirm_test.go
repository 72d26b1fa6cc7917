package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

const sensitive = "end-sessions"

// confirm presses the button that confirms the sensitive action, and returns the
// authorization URL that it leads to.
func (a *app) confirm(tb testing.TB, b *authtest.Browser) string {
	tb.Helper()
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"confirm": {sensitive}, "callbackUrl": {"/profile#end-others"}})
	if page.StatusCode != http.StatusSeeOther {
		tb.Fatalf("Confirm: got status %d, want 303", page.StatusCode)
	}
	return page.Redirect
}

// isConfirmed asks package auth.
func (a *app) isConfirmed(tb testing.TB, b *authtest.Browser, action string) bool {
	tb.Helper()
	confirmed := false
	a.as(tb, b, func(ctx context.Context) { confirmed = a.Auth.Confirmed(ctx, auth.Confirmation{Action: action}) == nil })
	return confirmed
}

func TestConfirmation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		who    authtest.Person
		edit   func(claims map[string]any) // of the fresh ID token
		status int
		want   bool
	}{
		{"the same person, fresh", authtest.Ada, nil, http.StatusOK, true},
		{"somebody else", authtest.Grace, nil, http.StatusConflict, false},
		{"no auth_time", authtest.Ada, func(c map[string]any) { delete(c, "auth_time") }, http.StatusForbidden, false},
		{"an old auth_time", authtest.Ada, func(c map[string]any) { c["auth_time"] = c["auth_time"].(float64) - 600 }, http.StatusForbidden, false},
		{"an auth_time to come", authtest.Ada, func(c map[string]any) { c["auth_time"] = c["auth_time"].(float64) + 600 }, http.StatusForbidden, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			b := authtest.NewBrowser(t)
			a.signIn(t, b, authtest.Ada)
			if a.isConfirmed(t, b, sensitive) {
				t.Fatal("confirmed before confirming")
			}
			if c.edit != nil {
				a.Provider.EditIDToken(func(_, claims map[string]any) { c.edit(claims) })
			}
			page := b.Walk(b.SignIn(a.confirm(t, b), c.who))
			if page.StatusCode != c.status {
				t.Errorf("after confirming: got status %d, want %d", page.StatusCode, c.status)
			}
			if got := a.isConfirmed(t, b, sensitive); got != c.want {
				t.Errorf("confirmed: got %v, want %v; log:\n%s", got, c.want, a.Log)
			}
			if a.isConfirmed(t, b, "something-else") {
				t.Error("the confirmation serves for another action")
			}
			if !a.isSignedIn(b) {
				t.Error("the session has ended")
			}
		})
	}
}

func TestConfirmationAsksAnew(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	to, err := url.Parse(a.confirm(t, b))
	if err != nil {
		t.Fatal(err)
	}
	if got := to.Query(); got.Get("prompt") != "login" || got.Get("max_age") != "0" {
		t.Errorf("the authorization request: got %v, want prompt=login and max_age=0", got)
	}
}

func TestConfirmationNeedsASession(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"confirm": {sensitive}})
	if page.StatusCode != http.StatusUnauthorized {
		t.Errorf("signed out: got status %d, want 401", page.StatusCode)
	}
	if page = b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"confirm": {"no-such-action"}}); page.StatusCode != http.StatusBadRequest {
		t.Errorf("unknown action: got status %d, want 400", page.StatusCode)
	}
}
