package handlers_test

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

// startAsLocalhost runs the app with AUTH_URL on localhost; it also responds at
// 127.0.0.1, the URL at.
func startAsLocalhost(tb testing.TB) (a *handlerstest.App, at string) {
	tb.Helper()
	a = handlerstest.Start(tb)
	at = a.URL
	a.URL = strings.Replace(a.URL, "127.0.0.1", "localhost", 1)
	a.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"},
	})
	a.Restart(tb, func(c *auth.Config, _ *handlers.Config) { c.URL = a.URL })
	return a, at
}

// A page on another host than AUTH_URL's links to AUTH_URL, since the callback would
// not have the cookies.
func TestSignInCardOnAnotherHostLinksToAuthURL(t *testing.T) {
	t.Parallel()
	a, at := startAsLocalhost(t)
	b := authtest.NewBrowser(t)
	for path, status := range map[string]int{"/": 200, "/profile?tab=1": 401} {
		page := b.Get(at + path)
		if page.StatusCode != status || !strings.Contains(page.Text, "sign in at this address") || !strings.Contains(page.Text, `href="`+a.URL+path+`"`) {
			t.Errorf("GET %s under another name: got status %d and\n%s\nwant a link to %s", path, page.StatusCode, page.Text, a.URL+path)
		}
		if page = b.Get(a.URL + path); page.StatusCode != status || strings.Contains(page.Text, "sign in at this address") {
			t.Errorf("GET %s under the right name: got status %d and\n%s\nwant no such notice", path, page.StatusCode, page.Text)
		}
	}
	before := providerRequests(t, a)
	page := b.Post(at+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {"/profile?tab=1"}})
	if page.StatusCode != http.StatusSeeOther || page.Redirect != a.URL+"/profile?tab=1" || len(page.Cookies()) > 0 {
		t.Fatalf("Sign in under another name: got status %d to %q with cookies %v, want the same page under the right name", page.StatusCode, page.Redirect, page.Cookies())
	}
	if providerRequests(t, a) != before {
		t.Error("the provider was asked for a sign-in that cannot end well")
	}
	b.Header = http.Header{"Hx-Request": {"true"}}
	if page = b.Post(at+"/api/auth/signin/asgardeo", nil); page.Header.Get("HX-Redirect") != a.URL+"/" {
		t.Errorf("Sign in by htmx under another name: got status %d to %q, want %s/", page.StatusCode, page.Header.Get("HX-Redirect"), a.URL)
	}
	b.Header = nil
	a.AssertSignInWorks(t, b)
}

// The page compares the requested host, in all forms that browsers and proxies send.
func TestCanonicalURLByHost(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) { c.URL = "https://app.example.com" })
	for name, c := range map[string]struct {
		host   string
		header http.Header
		linked bool
	}{
		"the right name":                        {"app.example.com", nil, false},
		"with the default port":                 {"app.example.com:443", nil, false},
		"with another port, as by a forwarder":  {"app.example.com:8443", nil, false},
		"in capitals":                           {"App.Example.COM", nil, false},
		"with a trailing dot":                   {"app.example.com.", nil, false},
		"an old domain":                         {"old.example.com", nil, true},
		"a subdomain":                           {"www.app.example.com", nil, true},
		"an address":                            {"203.0.113.7", nil, true},
		"what is no host":                       {"a b", nil, true},
		"a proxy's name for us, and ours":       {"upstream", http.Header{"X-Forwarded-Host": {"app.example.com"}}, false},
		"a proxy's name for us, and an old one": {"upstream", http.Header{"X-Forwarded-Host": {"old.example.com"}}, true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/profile", nil)
		r.Host = c.host
		for name, values := range c.header {
			r.Header[name] = values
		}
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if linked := strings.Contains(w.Body.String(), "sign in at this address"); linked != c.linked {
			t.Errorf("%s: got linked %v, want %v", name, linked, c.linked)
		}
		if strings.Contains(w.Body.String(), "old.example") || strings.Contains(w.Body.String(), "upstream") {
			t.Errorf("%s: a name that is not ours is on the page", name)
		}
	}
}

// A browser that sends no usable Origin, or a proxy that replaces Host, does not
// prevent a sign-in.
func TestSignInWithoutUsableOrigin(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) { c.URL = "https://app.example.com" })
	for _, origin := range []string{"", "null", "https://app.example.com", "https://App.example.com:443", "https://app.example.com:8443"} {
		r := httptest.NewRequest(http.MethodPost, "/api/auth/signin/asgardeo", nil)
		r.Host = "upstream:3000"
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if r.Header.Set("Origin", origin); origin == "" {
			r.Header.Del("Origin")
		}
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if to := w.Header().Get("Location"); !strings.HasPrefix(to, a.Provider.URL) {
			t.Errorf("Origin %q: got status %d to %q, want the provider", origin, w.Code, to)
		}
	}
}
