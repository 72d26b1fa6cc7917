package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// Proxies and people add a slash to a URL. It names the same page, also as a callback
// URL.
func TestTrailingSlashIsIgnored(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	page := b.Get(a.URL + "/profile/?tab=sessions")
	if page.StatusCode != http.StatusUnauthorized || !strings.Contains(page.Text, `value="/profile/?tab=sessions"`) {
		t.Errorf("a protected page: got status %d and\n%s\nwant 401 and the way back", page.StatusCode, page.Text)
	}
	page = b.Post(a.URL+"/api/auth/signin/asgardeo/", url.Values{"callbackUrl": {"/profile/?tab=sessions"}})
	if page.StatusCode != http.StatusSeeOther {
		t.Fatalf("Sign in: got status %d, want 303", page.StatusCode)
	}
	callback := strings.Replace(b.SignIn(page.Redirect, authtest.Ada), "?", "/?", 1)
	page = b.Get(callback)
	if want := a.URL + "/profile/?tab=sessions"; page.Redirect != want {
		t.Fatalf("the callback: got status %d to %q, want %s", page.StatusCode, page.Redirect, want)
	}
	for path, want := range map[string]int{
		"/profile/?tab=sessions": 200, "/api/auth/session/": 200, "/healthz/": 200,
		"/profile//": 404, "//profile": 404, "/nothing/": 404, "/api/auth/assets/": 404,
	} {
		if got := b.Get(a.URL + path).StatusCode; got != want {
			t.Errorf("GET %s: got status %d, want %d", path, got, want)
		}
	}
	if page = b.Post(a.URL+"/api/auth/signout/", nil); a.IsSignedIn(b) || page.StatusCode != http.StatusSeeOther {
		t.Errorf("Sign Out: got status %d and signed in %v, want 303 and signed out", page.StatusCode, a.IsSignedIn(b))
	}
}

// Requests for pages, scripts and icons while signed out start no sign-in and set no
// cookie.
func TestGETWhileSignedOutSetsNoCookie(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	for _, path := range []string{"/", "/profile", "/profile/", "/favicon.ico", "/api/auth/session", "/api/auth/events", "/robots.txt", "/apple-touch-icon.png"} {
		for _, accept := range []string{"text/html", "*/*", "application/json", "text/event-stream"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept", accept)
			if page := b.Send(req); len(page.Header["Set-Cookie"]) > 0 || page.StatusCode == http.StatusSeeOther {
				t.Errorf("GET %s, Accept %s: got status %d with cookies %q, want no redirect and none", path, accept, page.StatusCode, page.Header["Set-Cookie"])
			}
		}
	}
}
