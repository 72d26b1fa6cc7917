package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// An AUTH_URL whose path conflicts with one of our pages is rejected at start, with
// the remedy.
func TestBasePathMustNotHidePages(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	paths := map[string]bool{}
	err := chi.Walk(a.Handler().(*handlers.App).Routes(), func(_, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if route != "/" && !strings.HasPrefix(route, "/api/auth") {
			first, _, _ := strings.Cut(strings.TrimPrefix(route, "/"), "/")
			paths["/"+first], paths["/"+first+"/"], paths["/"+first+"/auth"] = true, true, true
		}
		return nil
	})
	if err != nil || len(paths) < 12 {
		t.Fatalf("the pages: got %v and error %v", paths, err)
	}
	for path := range paths {
		c := a.AuthConfig
		c.URL += path
		signIns, err := auth.New(c, a.Store)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(signIns.Close)
		if _, err := handlers.New(handlers.Config{Auth: signIns, Ready: a.Store, Pages: true}); err == nil || !strings.HasPrefix(err.Error(), "AUTH_URL: ") || !strings.Contains(err.Error(), "/api/auth") {
			t.Errorf("AUTH_URL with the path %s: got error %v, want it refused, with a path that works", path, err)
		}
		if _, err := handlers.New(handlers.Config{Auth: signIns}); err != nil {
			t.Errorf("AUTH_URL with the path %s, without pages: got error %v, want none", path, err)
		}
	}
}

func TestBasePathMovesAuthRoutes(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/auth", "/profiles", "/a/profile", "/api/auth/assets", "/login/", "/Profile"} {
		a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) { c.URL += path })
		base := a.URL + strings.TrimSuffix(path, "/")
		b := authtest.NewBrowser(t)
		for address, want := range map[string]int{a.URL + "/": 200, a.URL + "/profile": 401, a.URL + "/healthz": 200, base + "/session": 200, base + "/nothing": 404} {
			if got := b.Get(address).StatusCode; got != want {
				t.Errorf("AUTH_URL with the path %s: GET %s: got status %d, want %d", path, address, got, want)
			}
		}
	}
}

// Without Config.Pages everything is below the base path, so an app can have any page
// elsewhere.
func TestOnlyTheBasePathIsClaimedWithoutPages(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(_ *auth.Config, c *handlers.Config) { c.Pages = false })
	err := chi.Walk(a.Handler().(*handlers.App).Routes(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if !strings.HasPrefix(route, "/api/auth/") {
			t.Errorf("got the route %s %s, want all below /api/auth", method, route)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b := authtest.NewBrowser(t)
	for _, path := range []string{"/", "/profile", "/healthz", "/readyz", "/favicon.ico"} {
		if got := b.Get(a.URL + path).StatusCode; got != http.StatusNotFound {
			t.Errorf("GET %s: got status %d, want 404", path, got)
		}
	}
}
