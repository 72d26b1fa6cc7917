package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

func TestLastUsedProviderComesFirst(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) {
		first := c.Providers[0]
		first.ID, first.Name = "acme", "Acme"
		c.Providers = []auth.Provider{first, c.Providers[0]}
	})
	b := authtest.NewBrowser(t)
	order := func() bool {
		text := b.Get(a.URL + "/").Text
		return strings.Index(text, "Continue with Acme") < strings.Index(text, "Continue with Asgardeo")
	}
	if !order() {
		t.Error("before any sign-in: Acme, configured first, does not come first")
	}
	a.SignIn(t, b, authtest.Ada)
	b.Post(a.URL+"/api/auth/signout", nil)
	if order() {
		t.Error("after signing in with Asgardeo: it does not come first")
	}
}

// The error page keeps the callback URL.
func TestUnavailableProviderKeepsCallbackURL(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.Provider.Handle(authtest.DiscoveryEndpoint, authtest.Cut)
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {"/profile?tab=2"}})
	if want := `name="callbackUrl" value="/profile?tab=2"`; !strings.Contains(page.Text, want) {
		t.Errorf("got\n%s\nwant a button with %s", page.Text, want)
	}
}
