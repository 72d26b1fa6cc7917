package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// The response to Sign Out may be lost after the session has ended. Sign Out pressed
// again still ends the provider's session.
func TestSignOutRepeatedReachesProvider(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	lost := copyBrowser(t, a, b)
	if page := lost.Post(a.URL+"/api/auth/signout", nil); page.StatusCode != http.StatusSeeOther {
		t.Fatalf("the first Sign Out: got status %d, want 303", page.StatusCode)
	}
	page := b.Post(a.URL+"/api/auth/signout", nil)
	if !strings.HasPrefix(page.Redirect, a.Provider.Endpoint(authtest.EndSessionEndpoint)) {
		t.Errorf("the second Sign Out: got status %d to %q, want the provider's end session endpoint", page.StatusCode, page.Redirect)
	}
	if page := b.Post(a.URL+"/api/auth/signout", nil); page.Redirect != a.URL+"/" {
		t.Errorf("the third Sign Out: got %q, want our home page", page.Redirect)
	}
}

// If the person signs in again before the provider redirects back, the page does not
// say that they are signed out.
func TestSignOutOvertakenBySignIn(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.Provider.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"}})
	a.SignIn(t, b, authtest.Ada)
	out := b.Post(a.URL+"/api/auth/signout", nil)
	a.SignIn(t, b, authtest.Ada)
	page := a.FollowSignOut(b, out)
	if !strings.Contains(page.Text, "You are now signed in!") || strings.Contains(page.Text, "signed out of") {
		t.Errorf("got\n%s\nwant the signed-in page without a sign-out notice", page.Text)
	}
}

// Concurrent sign-outs, as after a double click, all succeed.
func TestSignOutTwiceConcurrently(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	var all sync.WaitGroup
	for range 4 {
		one := copyBrowser(t, a, b)
		all.Go(func() {
			resp, err := one.Client.Post(a.URL+"/api/auth/signout", "application/x-www-form-urlencoded", nil)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusSeeOther {
				t.Errorf("got status %d, want 303", resp.StatusCode)
			}
		})
	}
	all.Wait()
	a.AssertSignedOut(t, b)
	a.Auth.Close()
	if got := len(a.Provider.Revoked()); got != 1 {
		t.Errorf("got %d revocations, want 1", got)
	}
}

// Sign Out in a signed-out browser redirects to a page of ours.
func TestSignOutWhileSignedOut(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	for _, to := range []string{"", "/profile", "https://evil.example/", "//evil.example", "/api/auth/signout"} {
		page := authtest.NewBrowser(t).Post(a.URL+"/api/auth/signout", url.Values{"callbackUrl": {to}})
		if page.StatusCode != http.StatusSeeOther || !strings.HasPrefix(page.Redirect, a.URL+"/") {
			t.Errorf("to %q: got status %d to %s, want 303 to a page of ours", to, page.StatusCode, page.Redirect)
		}
		a.AssertNoAttackerText(t, page)
	}
}
