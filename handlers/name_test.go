package handlers_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
)

// askingFor has the app ask for these scopes.
func askingFor(scopes ...string) func(*auth.Config, *handlers.Config) {
	return func(c *auth.Config, _ *handlers.Config) { c.Providers[0].Scopes = scopes }
}

func TestNameAtTheProvider(t *testing.T) {
	t.Parallel()
	a := start(t, askingFor("openid", "profile", "internal_login"))
	b := authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	if page := b.Get(a.URL + "/profile").Text; !strings.Contains(page, "Your name at Asgardeo") || !strings.Contains(page, `name="family" value="Lovelace"`) {
		t.Fatalf("the profile does not show the name at the provider:\n%s", page)
	}
	long := strings.Repeat("x", 256)
	for _, c := range []struct {
		name, given, family string
		fault               authtest.Fault
		plain, htmx         int
		want                string
	}{
		{"a new name", "Augusta Ada", "King", nil, 303, 200, `name="given" value="Augusta Ada"`},
		{"the same again", "Augusta Ada", "King", nil, 303, 200, `name="family" value="King"`},
		{"one name only", "Ada", "", nil, 303, 200, `name="given" value="Ada"`},
		{"no name", " ", "", nil, 422, 422, "Write at least one"},
		{"too long", "Ada", long, nil, 422, 422, "At most 255"},
		{"a line break", "Ada\n", "King", nil, 422, 422, "Without line breaks"},
		{"refused by the provider", "<Ada>", "King", authtest.Status(400), 422, 422, "refuses this name"},
		{"the provider fails", "<Ada>", "King", authtest.Status(500), 502, 502, "Whether your name has changed is not known"},
		{"the provider hangs", "<Ada>", "King", authtest.Hang, 502, 502, "Whether your name has changed is not known"},
	} {
		for _, htmx := range []bool{false, true} {
			b.Header = http.Header{}
			want := c.plain
			if htmx {
				fragment(b, "section#name")
				want = c.htmx
			}
			a.Provider.Handle(authtest.SCIMEndpoint, c.fault)
			page := b.Post(a.URL+"/profile/name", url.Values{"given": {c.given}, "family": {c.family}})
			if page.StatusCode == http.StatusSeeOther {
				page = b.Walk(page.Redirect)
			} else if page.StatusCode != want || !strings.Contains(page.Text, html.EscapeString(c.given)) || !strings.Contains(page.Text, html.EscapeString(c.family)) {
				t.Errorf("%s, htmx %v: got status %d, want %d with what was typed still there:\n%s", c.name, htmx, page.StatusCode, want, page.Text)
			}
			if !strings.Contains(page.Text, c.want) {
				t.Errorf("%s, htmx %v: got no %q in\n%s", c.name, htmx, c.want, page.Text)
			}
		}
	}
}

// What the provider does wrong costs the profile nothing but the name.
func TestProfileWithoutTheProvider(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]authtest.Fault{
		"down": authtest.Status(503), "refusing": authtest.Status(403), "hanging": authtest.Hang, "another's page": authtest.HTML,
		"huge": authtest.Huge(8 << 20), "trickling": authtest.Trickle(1000000), "elsewhere": authtest.RedirectTo("http://127.0.0.1:1/"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := start(t, askingFor("openid", "profile", "internal_login"))
			b := authtest.NewBrowser(t)
			a.signIn(t, b, authtest.Ada)
			a.Provider.Handle(authtest.SCIMEndpoint, fault)
			page := b.Get(a.URL + "/profile")
			if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "Lovelace") || !strings.Contains(page.Text, "does not show your profile at present") {
				t.Errorf("got status %d, want 200 with Ada's claims and a word about the rest:\n%s", page.StatusCode, page.Text)
			}
		})
	}
}

// What would not help is not advised: a refresh token that the provider rejects does
// not get better by loading the page again.
func TestProfileWhoseRefreshTokenIsRejected(t *testing.T) {
	t.Parallel()
	a := start(t, askingFor("openid", "profile", "internal_login"))
	b := authtest.NewBrowser(t)
	expireAtOnce(a.Provider)
	a.signIn(t, b, authtest.Ada)
	a.Provider.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_request"))
	for range 2 {
		page := b.Get(a.URL + "/profile").Text
		if !strings.Contains(page, "after you sign out and sign in") || strings.Contains(page, "Load the page again") {
			t.Errorf("got\n%s\nwant the advice to sign in again", page)
		}
	}
}

// Who has not granted it is not asked for it.
func TestNoNameWithoutTheScope(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	if page := b.Get(a.URL + "/profile").Text; strings.Contains(page, "Your name at") {
		t.Error("the profile has a form for a name that it may not change")
	}
	if got := b.Post(a.URL+"/profile/name", url.Values{"given": {"x"}}).StatusCode; got != http.StatusNotFound {
		t.Errorf("changing it all the same: got status %d, want 404", got)
	}
	if got := a.Provider.Requests(authtest.SCIMEndpoint); got != 0 {
		t.Errorf("requests to SCIM: got %d, want 0", got)
	}
}
