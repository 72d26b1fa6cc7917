package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

const newSecret = "the secret that a rotation brings, also long"

// Secrets rotate in two steps: first the new one is added as an old secret, then
// both change places, then the old one is removed. Sessions, pending sign-ins and
// pending sign-outs survive.
func TestSecretRotation(t *testing.T) {
	t.Parallel()
	secrets := func(list ...string) func(*auth.Config, *handlers.Config) {
		return func(c *auth.Config, _ *handlers.Config) { c.Secret, c.OldSecrets = list[0], list[1:] }
	}
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	oldSecret := a.AuthConfig.Secret
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	who := a.Identity(b)
	for _, step := range []struct {
		name string
		list []string
	}{
		{"step 1", []string{oldSecret, newSecret}},
		{"step 2", []string{newSecret, oldSecret}},
		{"step 1 again, as at a late replica", []string{oldSecret, newSecret}},
		{"step 2 again", []string{newSecret, oldSecret}},
	} {
		pending := a.StartSignIn(t, authtest.NewBrowser(t))
		a.Restart(t, secrets(step.list...))
		if got := a.Identity(b); got != who {
			t.Errorf("%s: got %s, want, as before, %s", step.name, got, who)
		}
		if page := pending.Finish(); page.StatusCode != http.StatusSeeOther || !a.HomeIsSignedIn(pending.Browser) {
			t.Errorf("%s: the pending sign-in got status %d, want it to complete", step.name, page.StatusCode)
		}
	}
	leaving := authtest.NewBrowser(t)
	a.RequireSignIn(t, leaving, "asgardeo", authtest.Ada)
	out := leaving.Post(a.URL+"/api/auth/signout", nil)
	a.Restart(t, secrets(newSecret))
	if page := a.FollowSignOut(leaving, out); !strings.Contains(page.Text, endedBoth) {
		t.Errorf("the pending sign-out: got\n%s\nwant %q", page.Text, endedBoth)
	}
}

// After a rotation in one step, records and cookies sealed with the old secret mean
// "signed out" for that response, but are not cleared, deleted or sealed again.
func TestSecretRotationInOneStep(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	oldSecret := a.AuthConfig.Secret
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	who := a.Identity(b)
	pending := a.StartSignIn(t, b) // in a second tab
	cookies := a.Cookies(b)

	a.Restart(t, func(c *auth.Config, _ *handlers.Config) { c.Secret = newSecret })
	for _, path := range []string{"/", "/profile", "/api/auth/session", "/api/auth/events"} {
		if page := b.Get(a.URL + path); len(page.Cookies()) != 0 || page.StatusCode >= 500 {
			t.Errorf("%s: got status %d and cookies %v, want no cookies and no failure", path, page.StatusCode, page.Cookies())
		}
	}
	if a.HomeIsSignedIn(b) {
		t.Error("signed in with a record that cannot be opened")
	}
	a.AssertRefused(t, pending.Finish(), 400, auth.StateUnknown, "")
	b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	for _, c := range cookies {
		if a.Cookie(b, c.Name) != c.Value {
			t.Errorf("the cookie %s was changed or cleared", c.Name)
		}
	}

	a.Restart(t, func(c *auth.Config, _ *handlers.Config) { c.Secret = oldSecret })
	if got := a.Identity(b); got != who {
		t.Errorf("with the old secret again: got %s, want, as before, %s", got, who)
	}
	if page := pending.Finish(); page.StatusCode != http.StatusSeeOther {
		t.Errorf("with the old secret again, the pending sign-in got status %d, want 303", page.StatusCode)
	}
}
