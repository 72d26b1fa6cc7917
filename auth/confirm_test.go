package auth_test

import (
	"net/http"
	"net/url"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

func TestConfirmationRequiresFreshSignIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		who    authtest.Person
		edit   func(claims map[string]any) // of the fresh ID token
		status int
		want   bool
	}{
		{"the same person, fresh", authtest.Ada, nil, http.StatusOK, true},
		{"another person", authtest.Grace, nil, http.StatusConflict, false},
		{"no auth_time", authtest.Ada, func(c map[string]any) { delete(c, "auth_time") }, http.StatusForbidden, false},
		{"an old auth_time", authtest.Ada, func(c map[string]any) { c["auth_time"] = c["auth_time"].(float64) - 600 }, http.StatusForbidden, false},
		{"a future auth_time", authtest.Ada, func(c map[string]any) { c["auth_time"] = c["auth_time"].(float64) + 600 }, http.StatusForbidden, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			b := authtest.NewBrowser(t)
			a.SignIn(t, b, authtest.Ada)
			if a.IsConfirmed(t, b, handlerstest.SensitiveAction) {
				t.Fatal("confirmed before confirming")
			}
			if c.edit != nil {
				a.Provider.EditIDToken(func(_, claims map[string]any) { c.edit(claims) })
			}
			page := b.Walk(b.SignIn(a.StartConfirmation(t, b), c.who))
			if page.StatusCode != c.status {
				t.Errorf("after confirming: got status %d, want %d", page.StatusCode, c.status)
			}
			if got := a.IsConfirmed(t, b, handlerstest.SensitiveAction); got != c.want {
				t.Errorf("confirmed: got %v, want %v; log:\n%s", got, c.want, a.Log)
			}
			if a.IsConfirmed(t, b, "something-else") {
				t.Error("the confirmation is valid for another action")
			}
			if !a.IsSignedIn(b) {
				t.Error("the session has ended")
			}
		})
	}
}

func TestConfirmationRequestsReauthentication(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	to, err := url.Parse(a.StartConfirmation(t, b))
	if err != nil {
		t.Fatal(err)
	}
	if got := to.Query(); got.Get("prompt") != "login" || got.Get("max_age") != "0" {
		t.Errorf("the authorization request: got %v, want prompt=login and max_age=0", got)
	}
}

func TestConfirmationRequiresSession(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"confirm": {handlerstest.SensitiveAction}})
	if page.StatusCode != http.StatusUnauthorized {
		t.Errorf("signed out: got status %d, want 401", page.StatusCode)
	}
	if page = b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"confirm": {"no-such-action"}}); page.StatusCode != http.StatusBadRequest {
		t.Errorf("unknown action: got status %d, want 400", page.StatusCode)
	}
}

// Tabs may confirm at once, and finish in any order, as they may sign in: each replaces the
// browser's session.
func TestConfirmationsInTwoTabs(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	tabs := []string{a.StartConfirmation(t, b), a.StartConfirmation(t, b)}
	a.SignIn(t, b, authtest.Ada) // in a third tab
	for i, tab := range tabs {
		if page := b.Walk(b.SignIn(tab, authtest.Ada)); page.StatusCode != http.StatusOK || !a.IsConfirmed(t, b, handlerstest.SensitiveAction) {
			t.Errorf("tab %d: got status %d, want the action confirmed; log:\n%s", i+1, page.StatusCode, a.Log)
		}
	}
}

// A confirmation is of the person who asked for it, even if another one has signed in since.
func TestConfirmationByThePersonWhoSignedInSince(t *testing.T) {
	t.Parallel()
	a, b, other := handlerstest.Start(t), authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	tabs := map[string]authtest.Person{a.StartConfirmation(t, b): authtest.Ada, a.StartConfirmation(t, b): authtest.Grace}
	a.SignIn(t, other, authtest.Grace)
	a.SetCookie(b, "latchkey.session", a.Cookie(other, "latchkey.session"))
	for tab, who := range tabs {
		page := b.Walk(b.SignIn(tab, who))
		if page.StatusCode != http.StatusConflict || a.IsConfirmed(t, b, handlerstest.SensitiveAction) || a.UserName(b) != "Grace Hopper" {
			t.Errorf("%s authenticates: got status %d and %s signed in, want 409, Grace, and nothing confirmed", who.Subject, page.StatusCode, a.UserName(b))
		}
	}
}
