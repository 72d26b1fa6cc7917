package auth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// startTLS starts the app with an https URL, and returns a browser that trusts its
// certificate.
func startTLS(tb testing.TB) (*handlerstest.App, *authtest.Browser) {
	tb.Helper()
	a := handlerstest.Start(tb)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Handler().ServeHTTP(w, r)
	}))
	server.StartTLS()
	tb.Cleanup(server.Close)
	a.URL = server.URL
	a.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"},
	})
	a.Restart(tb, func(c *auth.Config, _ *handlers.Config) { c.URL = a.URL })
	b := authtest.NewBrowser(tb)
	b.Client.Transport = server.Client().Transport
	return a, b
}

// Every cookie from sign-in to sign-out has the attributes of RFC 6265bis that we
// promise.
func TestCookieAttributes(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.Start(t), authtest.NewBrowser(t)
			if secure {
				a, b = startTLS(t)
			}
			seen := &handlerstest.CookieWatch{TB: t, Secure: secure, Next: b.Client.Transport, App: a, Names: map[string]bool{}}
			b.Client.Transport = seen
			page := b.Walk(b.Cancel(b.Post(a.URL+"/api/auth/signin/asgardeo", nil).Redirect))
			if !strings.Contains(page.Text, "Sign-in canceled.") {
				t.Errorf("after Cancel: got\n%s", page.Text)
			}
			a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
			a.FollowSignOut(b, b.Post(a.URL+"/api/auth/signout", nil))
			for _, kind := range []string{"session", "signin", "signout", "notice"} {
				if !seen.Names[kind] {
					t.Errorf("no %s cookie was set: the test checks nothing of it", kind)
				}
			}
		})
	}
}

// A cookie's value is not accepted under the name of another cookie.
func TestCookieRefusedUnderAnotherName(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	issued := issuedCookies(t, a)
	for as := range issued {
		for of, value := range issued {
			b := authtest.NewBrowser(t)
			if as == of {
				continue
			}
			a.SetCookie(b, as, value)
			page := b.Get(a.URL + "/")
			if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "Sign in") || strings.Contains(page.Text, "signed out of") || strings.Contains(page.Text, "Sign-in canceled") {
				t.Errorf("%s as %s: got status %d and\n%s\nwant the signed-out page", of, as, page.StatusCode, page.Text)
			}
			for _, kind := range []string{"latchkey.signin.", "latchkey.signout."} {
				state, ok := strings.CutPrefix(as, kind)
				if !ok {
					continue
				}
				back := b.Get(a.URL + "/api/auth/callback/asgardeo?code=x&state=" + url.QueryEscape(state))
				if back.StatusCode != http.StatusBadRequest {
					t.Errorf("%s as %s, at the callback: got status %d, want 400", of, as, back.StatusCode)
				}
			}
		}
	}
	if got := a.Provider.Requests(authtest.TokenEndpoint); got != 1 {
		t.Errorf("got %d codes redeemed, want 1", got)
	}
}

// issuedCookies signs in and out, and returns a cookie of each sealed kind by name.
func issuedCookies(tb testing.TB, a *handlerstest.App) map[string]string {
	tb.Helper()
	issued := map[string]string{}
	note := func(page *authtest.Page) *authtest.Page {
		for _, c := range page.Cookies() {
			if c.Value != "" && c.Name != "latchkey.provider" {
				issued[c.Name] = c.Value
			}
		}
		return page
	}
	b := authtest.NewBrowser(tb)
	started := note(b.Post(a.URL+"/api/auth/signin/asgardeo", nil))
	note(b.Get(b.SignIn(started.Redirect, authtest.Ada)))
	out := note(b.Post(a.URL+"/api/auth/signout", nil))
	note(b.Get(b.Walk(out.Redirect).Redirect)) // the notice
	if len(issued) != 4 {
		tb.Fatalf("got %d kinds of cookies, want session, sign-in, sign-out and notice: %v", len(issued), issued)
	}
	return issued
}
