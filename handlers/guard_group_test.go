package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// withGroupPages adds a page for the members of each group, at /groups/ and its name.
func withGroupPages(tb testing.TB, a *handlerstest.App) *handlerstest.App {
	tb.Helper()
	app := a.NewHandlers(tb)
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("You are in")) })
	a.SetHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if group, found := strings.CutPrefix(r.URL.Path, "/groups/"); found {
			app.RequireGroup(group)(page).ServeHTTP(w, r)
			return
		}
		app.ServeHTTP(w, r)
	}))
	return a
}

func TestRequireGroupLetsOnlyMembersIn(t *testing.T) {
	t.Parallel()
	a := withGroupPages(t, handlerstest.Start(t))
	ada, grace, signedOut := authtest.NewBrowser(t), authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, ada, authtest.Ada)
	a.SignIn(t, grace, authtest.Grace)
	for _, c := range []struct {
		name    string
		browser *authtest.Browser
		want    int
	}{
		{"a member", ada, http.StatusOK},
		{"someone who is not", grace, http.StatusForbidden},
		{"signed out", signedOut, http.StatusUnauthorized},
	} {
		if got := c.browser.Get(a.URL + "/groups/poets").StatusCode; got != c.want {
			t.Errorf("%s: got status %d, want %d", c.name, got, c.want)
		}
	}
}

// Each provider decides on its own who is in its groups, so a group of one provider
// does not open a page for the group of another.
func TestRequireGroupRefusesAnotherProvidersGroup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, trusted string // what GroupProvider is
		asgardeo      int    // what its members get
		other         int
	}{
		{"the first is named", "asgardeo", http.StatusOK, http.StatusForbidden},
		{"the second is named", "other", http.StatusForbidden, http.StatusOK},
		{"none is named", "", http.StatusForbidden, http.StatusForbidden},
		{"an unknown one is named", "okta", http.StatusForbidden, http.StatusForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t, func(_ *auth.Config, config *handlers.Config) { config.GroupProvider = c.trusted })
			a.AddProvider(t)
			withGroupPages(t, a)
			for provider, want := range map[string]int{"asgardeo": c.asgardeo, "other": c.other} {
				b := authtest.NewBrowser(t)
				a.RequireSignIn(t, b, provider, authtest.Ada)
				if got := b.Get(a.URL + "/groups/poets").StatusCode; got != want {
					t.Errorf("a member at %s: got status %d, want %d", provider, got, want)
				}
			}
		})
	}
}

func TestRequireGroupWithoutProviderLogsTheField(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	a.AddProvider(t)
	withGroupPages(t, a)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	page := b.Get(a.URL + "/groups/poets")
	if cause := a.LoggedError(handlerstest.Reference(page)); !strings.Contains(cause, "GroupProvider") {
		t.Errorf("the log says %q, want the field to set", cause)
	}
}

// Group names may have any characters. The guard compares them exactly, and a person
// who signs in on such a page returns to it.
func TestRequireGroupWithAnyName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"/admins", "Internal/everyone", "a+b", "a b", "Ada's friends", "100%", "100%25", "a%2Fb", "Dämonen", "<b>", "a;b", "a,b", "a:b", "a@b", "#1", "why?", "a&b=c", `a\b`, `"quoted"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := withGroupPages(t, handlerstest.Start(t))
			a.Provider.EditIDToken(func(_, c map[string]any) { c["groups"] = []any{name} })
			b := authtest.NewBrowser(t)
			a.SignIn(t, b, authtest.Ada)
			for _, path := range []string{"/groups/" + url.PathEscape(name), "/groups/" + everyByte(name)} {
				if page := b.Get(a.URL + path); page.StatusCode != http.StatusOK {
					t.Errorf("%s: got status %d, want 200; %s", path, page.StatusCode, a.LoggedError(handlerstest.Reference(page)))
				}
				if page := b.Get(a.URL + path + "x"); page.StatusCode != http.StatusForbidden {
					t.Errorf("%sx: got status %d, want 403", path, page.StatusCode)
				}
			}
			path := "/groups/" + url.PathEscape(name)
			if strings.HasPrefix(name, "/") || strings.Contains(name, `\`) {
				return // not a valid callback URL
			}
			newcomer := authtest.NewBrowser(t)
			form := newcomer.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {path}})
			if page := newcomer.Walk(newcomer.SignIn(form.Redirect, authtest.Ada)); page.StatusCode != http.StatusOK || page.URL != a.URL+path {
				t.Errorf("after signing in: got status %d at %s, want 200 at %s", page.StatusCode, page.URL, path)
			}
		})
	}
}

// everyByte escapes every byte of a name.
func everyByte(name string) string {
	var escaped strings.Builder
	for _, b := range []byte(name) {
		escaped.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[b>>4])+string("0123456789abcdef"[b&15])))
	}
	return escaped.String()
}

func TestURLParametersAreUnescapedOnce(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	if page := b.Post(a.URL+"/api/auth/signin/%61sgardeo", nil); page.StatusCode != http.StatusSeeOther {
		t.Errorf("sign-in: got status %d, want 303", page.StatusCode)
	}
	a.SignIn(t, b, authtest.Ada)
	page, err := http.PostForm(a.URL+"/api/auth/backchannel-logout/asg%61rdeo", url.Values{"logout_token": {a.Provider.LogoutToken(nil)}})
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	if page.StatusCode != http.StatusOK || a.IsSignedIn(b) {
		t.Errorf("back-channel logout: got status %d, signed in %t, want 200 and false", page.StatusCode, a.IsSignedIn(b))
	}
	if page := b.Post(a.URL+"/api/auth/signin/%2561sgardeo", nil); page.StatusCode != http.StatusNotFound {
		t.Errorf("escaped twice: got status %d, want 404", page.StatusCode)
	}
}
