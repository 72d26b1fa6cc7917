package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

func TestVerifySaysWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	const user, email, groups = "X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups"
	for name, c := range map[string]struct {
		claims map[string]any // of the ID token
		want   map[string]string
	}{
		"everything":                {map[string]any{"groups": []string{"poets", "admins"}, "roles": "editor"}, map[string]string{user: authtest.Ada.Subject, email: authtest.Ada.Email, groups: "poets,admins,editor"}},
		"an unverified address":     {map[string]any{"email_verified": false}, map[string]string{email: ""}},
		"a group with a comma":      {map[string]any{"groups": []string{"x,admins", "poets"}}, map[string]string{groups: "poets"}},
		"a group with blanks":       {map[string]any{"groups": []string{"admins ", "\tadmins", "poets"}}, map[string]string{groups: "poets"}},
		"a group with a line break": {map[string]any{"groups": []string{"x\r\nX-Auth-Request-User: grace", "poets"}}, map[string]string{user: authtest.Ada.Subject, groups: "poets"}},
		"a group in Cyrillic":       {map[string]any{"groups": []string{"аdmins", "poets"}}, map[string]string{groups: "poets"}},
		"more groups than fit":      {map[string]any{"groups": strings.Repeat("g", 5<<10)}, map[string]string{user: authtest.Ada.Subject, groups: ""}},
		"no groups":                 {map[string]any{"groups": nil}, map[string]string{groups: ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.Start(t), authtest.NewBrowser(t)
			a.Provider.EditIDToken(func(_, claims map[string]any) {
				for name, value := range c.claims {
					claims[name] = value
				}
			})
			a.SignIn(t, b, authtest.Ada)
			page := b.Get(a.URL + "/api/auth/verify")
			if page.StatusCode != http.StatusNoContent || page.Text != "" {
				t.Errorf("got status %d and body %q, want 204 and nothing", page.StatusCode, page.Text)
			}
			for name, want := range c.want {
				if got := page.Header.Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
}

// With several providers, the same subject at another one is another user, and only the
// groups of the trusted provider count.
func TestVerifyTellsProvidersApart(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(_ *auth.Config, c *handlers.Config) { c.GroupProvider = "asgardeo" })
	a.AddProvider(t)
	for provider, groups := range map[string]string{"asgardeo": "poets", "other": ""} {
		b := authtest.NewBrowser(t)
		a.RequireSignIn(t, b, provider, authtest.Ada)
		header := b.Get(a.URL + "/api/auth/verify").Header
		if got, want := header.Get("X-Auth-Request-User"), provider+":"+authtest.Ada.Subject; got != want {
			t.Errorf("user: got %q, want %q", got, want)
		}
		if got := header.Get("X-Auth-Request-Groups"); !strings.Contains(got, groups) || groups == "" && got != "" {
			t.Errorf("%s: groups: got %q, want %q among them", provider, got, groups)
		}
	}
}

// A subject that cannot be in a header is nobody to the program: it must not get 204
// without a user.
func TestVerifyOfSubjectBeyondASCII(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.Provider.EditIDToken(func(_, claims map[string]any) { claims["sub"] = "дa" })
	a.Provider.EditUserinfo(func(claims map[string]any) { claims["sub"] = "дa" })
	a.SignIn(t, b, authtest.Ada)
	if page := b.Get(a.URL + "/api/auth/verify"); page.StatusCode != http.StatusInternalServerError || !strings.Contains(a.Log.String(), "the sub cannot be in a header") {
		t.Errorf("got status %d, want 500 and the cause in the log", page.StatusCode)
	}
}

func TestVerifyOfNobody(t *testing.T) {
	t.Parallel()
	sessions := &storetest.Faulty{Store: store.NewMemory()}
	a, b := handlerstest.StartOn(t, sessions), authtest.NewBrowser(t)
	check := func(what string, status int) {
		t.Helper()
		page := b.Get(a.URL + "/api/auth/verify")
		if page.StatusCode != status || page.Header.Get("X-Auth-Request-User") != "" || page.Redirect != "" {
			t.Errorf("%s: got status %d, headers %v, want %d and nobody", what, page.StatusCode, page.Header, status)
		}
	}
	check("signed out", http.StatusUnauthorized)
	a.SignIn(t, b, authtest.Ada)
	sessions.Set(storetest.Fails())
	check("the store is down", http.StatusServiceUnavailable)
	sessions.Set(nil)
	b.Post(a.URL+"/api/auth/signout", nil)
	check("after signing out", http.StatusUnauthorized)
}
