package handlers_test

import (
	"net/http"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

func TestMethodNotAllowedListsMethods(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	for _, c := range []struct{ method, path, allow string }{
		{http.MethodPut, "/", "GET"},
		{http.MethodPost, "/profile", "GET"},
		{http.MethodPost, "/profile/", "GET"},
		{http.MethodGet, "/api/auth/sessions/device", "POST"},
		{http.MethodGet, "/api/auth/signin/asgardeo", "POST"},
		{http.MethodDelete, "/api/auth/session", "GET, POST"},
		{http.MethodHead, "/api/auth/callback/asgardeo", "GET"},
	} {
		req, err := http.NewRequest(c.method, a.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := b.Client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Allow"); resp.StatusCode != http.StatusMethodNotAllowed || got != c.allow {
			t.Errorf("%s %s: got status %d with Allow: %s, want 405 with %s", c.method, c.path, resp.StatusCode, got, c.allow)
		}
	}
}
