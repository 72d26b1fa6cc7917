package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// askingFor configures the scopes.
func askingFor(scopes ...string) func(*auth.Config, *handlers.Config) {
	return func(c *auth.Config, _ *handlers.Config) { c.Providers[0].Scopes = scopes }
}

func TestProfileShowsSCIMName(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, askingFor("openid", "profile", "internal_login"))
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	a.Provider.Handle(authtest.SCIMEndpoint, authtest.Answer(http.StatusOK, "application/scim+json", `{"name": {"givenName": "Augusta <Ada>", "familyName": "King"}}`))
	if page := b.Get(a.URL + "/profile").Text; !strings.Contains(page, "Name at Asgardeo") || !strings.Contains(page, "Augusta &lt;Ada&gt; King") {
		t.Fatalf("the profile does not show the name at the provider:\n%s", page)
	}
}

// A provider failure removes only the name from the profile.
func TestProfileWhileProviderIsDown(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]authtest.Fault{
		"down": authtest.Status(503), "refusing": authtest.Status(403), "hanging": authtest.Hang, "another's page": authtest.HTML,
		"huge": authtest.Huge(8 << 20), "trickling": authtest.Trickle(1000000), "elsewhere": authtest.RedirectTo("http://127.0.0.1:1/"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t, askingFor("openid", "profile", "internal_login"))
			b := authtest.NewBrowser(t)
			a.SignIn(t, b, authtest.Ada)
			a.Provider.Handle(authtest.SCIMEndpoint, fault)
			page := b.Get(a.URL + "/profile")
			if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "Lovelace") || !strings.Contains(page.Text, "isn&#39;t showing your profile") {
				t.Errorf("got status %d, want 200 with Ada's claims and a word about the rest:\n%s", page.StatusCode, page.Text)
			}
		})
	}
}

// After a rejected refresh token the advice is to sign in again, since a reload would
// not help.
func TestProfileAfterRejectedRefreshToken(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, askingFor("openid", "profile", "internal_login"))
	b := authtest.NewBrowser(t)
	handlerstest.ExpireAccessTokens(a.Provider)
	a.SignIn(t, b, authtest.Ada)
	a.Provider.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_request"))
	for range 2 {
		page := b.Get(a.URL + "/profile").Text
		if !strings.Contains(page, "after you sign out and sign in") || strings.Contains(page, "Reload the page") {
			t.Errorf("got\n%s\nwant the advice to sign in again", page)
		}
	}
}

func TestProfileReadsNoSCIMWithoutScope(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	if page := b.Get(a.URL + "/profile").Text; strings.Contains(page, "Name at") {
		t.Error("the profile has a name that it may not read")
	}
	if got := a.Provider.Requests(authtest.SCIMEndpoint); got != 0 {
		t.Errorf("requests to SCIM: got %d, want 0", got)
	}
}
