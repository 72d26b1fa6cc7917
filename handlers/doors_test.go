package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
)

func TestWishesReachTheProvider(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		prompts []string
		form    url.Values
		want    map[string]string // of the authorization request; "" for absent
	}{
		{"nothing asked for", nil, nil, map[string]string{"prompt": "", "login_hint": "", "fidp": ""}},
		{"sign-up where it is listed", []string{"login", "create"}, url.Values{"signup": {"1"}}, map[string]string{"prompt": "create"}},
		{"sign-up where it is not", []string{"login"}, url.Values{"signup": {"1"}}, map[string]string{"prompt": ""}},
		{"a login hint", nil, url.Values{"login_hint": {"ada@example.com"}}, map[string]string{"login_hint": "ada@example.com"}},
		{"an endless login hint", nil, url.Values{"login_hint": {strings.Repeat("a", 300)}}, map[string]string{"login_hint": ""}},
		{"an organisation", nil, url.Values{"organization": {"acme"}}, map[string]string{"fidp": "OrganizationSSO", "org": "acme"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			a.Provider.EditDiscovery(func(doc map[string]any) { doc["prompt_values_supported"] = c.prompts })
			page := authtest.NewBrowser(t).Post(a.URL+"/api/auth/signin/asgardeo", c.form)
			to, err := url.Parse(page.Redirect)
			if err != nil || page.StatusCode != http.StatusSeeOther {
				t.Fatalf("Sign in: got status %d to %q, want 303", page.StatusCode, page.Redirect)
			}
			for name, want := range c.want {
				if got := to.Query().Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestTheDoorUsedLastComesFirst(t *testing.T) {
	t.Parallel()
	a := start(t, func(c *auth.Config, _ *handlers.Config) {
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
	a.signIn(t, b, authtest.Ada)
	b.Post(a.URL+"/api/auth/signout", nil)
	if order() {
		t.Error("after signing in with Asgardeo: it does not come first")
	}
}

// A provider that is down is told of at its door; on the page that is about it,
// the page has said so already.
func TestTroubleIsToldOnce(t *testing.T) {
	t.Parallel()
	a, b := start(t), authtest.NewBrowser(t)
	a.Provider.Handle(authtest.DiscoveryEndpoint, authtest.Cut)
	failure := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	for name, page := range map[string]*authtest.Page{"the page about it": failure, "the home page": b.Get(a.URL)} {
		if got := strings.Count(page.Text, "isn&#39;t responding</") + strings.Count(page.Text, "isn&#39;t responding. You"); got != 1 {
			t.Errorf("%s: got told %d times, want once:\n%s", name, got, page.Text)
		}
	}
}

// The page that says so leads to where the person was heading.
func TestTroubleForgetsNoWay(t *testing.T) {
	t.Parallel()
	a, b := start(t), authtest.NewBrowser(t)
	a.Provider.Handle(authtest.DiscoveryEndpoint, authtest.Cut)
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {"/profile?tab=2"}})
	if want := `name="callbackUrl" value="/profile?tab=2"`; !strings.Contains(page.Text, want) {
		t.Errorf("got\n%s\nwant a door with %s", page.Text, want)
	}
}
