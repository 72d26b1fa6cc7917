package auth_test

import (
	"net/http"
	"net/http/httptest"
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
