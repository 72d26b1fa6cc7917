package handlers_test

import (
	"net/http"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
)

// addProvider restarts the app with one more provider, of the id "other".
func (a *app) addProvider(tb testing.TB) *authtest.Provider {
	tb.Helper()
	p := authtest.Start(tb)
	p.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret,
		RedirectURIs: []string{a.URL + "/api/auth/callback/other"},
	})
	a.restart(tb, func(c *auth.Config, _ *handlers.Config) {
		c.Providers = append(c.Providers, auth.Provider{ID: "other", ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Issuer: p.Issuer()})
	})
	return p
}

// signInAt signs somebody in at a provider, and fails where that does not work.
func (a *app) signInAt(tb testing.TB, b *authtest.Browser, provider string, who authtest.Person) {
	tb.Helper()
	page := b.Post(a.URL+"/api/auth/signin/"+provider, nil)
	if page.StatusCode != http.StatusSeeOther {
		tb.Fatalf("Sign in: got status %d, want 303; body:\n%s", page.StatusCode, page.Text)
	}
	b.Walk(b.SignIn(page.Redirect, who))
	if !a.isSignedIn(b) {
		tb.Fatalf("nobody is signed in after signing in; log:\n%s", a.Log)
	}
}
