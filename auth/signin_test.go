package auth_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// An authorization endpoint at our own origin causes no redirect loop.
func TestSignInAtProviderThatRedirectsToUs(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/profile", "/api/auth/callback/asgardeo", "/api/auth/signin/asgardeo", "/api/auth/signout"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			metadata("authorization_endpoint", a.URL+path)(a)
			b := authtest.NewBrowser(t)
			page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {path}})
			if page = b.Walk(page.Redirect); page.Redirect != "" || a.Identity(b) != "null\n" {
				t.Errorf("got status %d to %q, want a page without a redirect, and signed out", page.StatusCode, page.Redirect)
			}
		})
	}
}

// Ten concurrent sign-ins in one browser, as after a double click: each finishes.
func TestSignInConcurrently(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	var all sync.WaitGroup
	redirects := make(chan string, 10)
	for range 10 {
		all.Go(func() {
			resp, err := b.Client.PostForm(a.URL+"/api/auth/signin/asgardeo", nil)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			redirects <- resp.Header.Get("Location")
		})
	}
	all.Wait()
	close(redirects)
	for to := range redirects {
		if page := b.Get(b.SignIn(to, authtest.Ada)); page.StatusCode != http.StatusSeeOther {
			t.Errorf("got status %d, want every sign-in to finish", page.StatusCode)
		}
	}
}

// Configured parameters are in every authorization request, pushed ones included, and
// what a request itself needs takes precedence.
func TestSignInSendsConfiguredParameters(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) {
		c.Providers[0].Params = url.Values{"audience": {"https://api.example.com/?a=b&c"}, "prompt": {"consent"}}
	})
	for name, c := range map[string]struct {
		form url.Values
		want url.Values
	}{
		"a plain sign-in": {nil, url.Values{"audience": {"https://api.example.com/?a=b&c"}, "prompt": {"consent"}}},
		"another account": {url.Values{"another": {"1"}}, url.Values{"audience": {"https://api.example.com/?a=b&c"}, "prompt": {"login"}}},
	} {
		to, err := url.Parse(authtest.NewBrowser(t).Post(a.URL+"/api/auth/signin/asgardeo", c.form).Redirect)
		if err != nil {
			t.Fatal(err)
		}
		for parameter, want := range c.want {
			if got := to.Query()[parameter]; !slices.Equal(got, want) {
				t.Errorf("%s: %s: got %q, want %q", name, parameter, got, want)
			}
		}
	}
}

func TestSignInSendsAuthorizationParameters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		prompts []string
		form    url.Values
		want    map[string]string // of the authorization request; "" means absent
	}{
		{"no parameters", nil, nil, map[string]string{"prompt": "", "login_hint": "", "fidp": ""}},
		{"sign-up, prompt=create supported", []string{"login", "create"}, url.Values{"signup": {"1"}}, map[string]string{"prompt": "create"}},
		{"sign-up, prompt=create not supported", []string{"login"}, url.Values{"signup": {"1"}}, map[string]string{"prompt": ""}},
		{"a login hint", nil, url.Values{"login_hint": {"ada@example.com"}}, map[string]string{"login_hint": "ada@example.com"}},
		{"a login hint that is too long", nil, url.Values{"login_hint": {strings.Repeat("a", 300)}}, map[string]string{"login_hint": ""}},
		{"an organization", nil, url.Values{"organization": {"acme"}}, map[string]string{"fidp": "OrganizationSSO", "org": "acme"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
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
