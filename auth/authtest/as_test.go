package authtest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
)

func newAuth(tb testing.TB, c auth.Config) *auth.Auth {
	tb.Helper()
	c.Secret = "a secret for tests, of 32 bytes or more"
	sessions := store.NewMemory()
	a, err := auth.New(c, sessions)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { a.Close(); sessions.Close() })
	return a
}

// With Middleware and without it, a handler finds the session and its claims.
func TestAsGivesARequestASession(t *testing.T) {
	t.Parallel()
	given := &auth.Session{Provider: "asgardeo", User: auth.User{Subject: "1", Name: "Ada"}}
	claims := map[string]any{"groups": []string{"poets"}, "locale": "en"}
	seen := 0
	handler := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen++
		session, err := auth.FromContext(r.Context())
		if err != nil || session == nil || session.User != given.User {
			t.Fatalf("FromContext: got %+v and error %v, want %+v", session, err, given)
		}
		if !session.InGroup("asgardeo", "poets") || session.InGroup("other", "poets") || session.Claims()["locale"] != "en" {
			t.Errorf("claims: got %v, want %v", session.Claims(), claims)
		}
		session.User.Name = "changed"
	}))
	a := newAuth(t, auth.Config{URL: "http://localhost:3000", Providers: []auth.Provider{{ID: "asgardeo", ClientID: "x", ClientSecret: "y", Issuer: "http://localhost:1"}}})
	for _, h := range []http.Handler{handler, a.Middleware(handler)} {
		r := authtest.As(httptest.NewRequest(http.MethodGet, "/", nil), given, claims)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	if seen != 2 || given.User.Name != "Ada" {
		t.Errorf("got %d requests and the name %s, want 2, and a session that a handler cannot change", seen, given.User.Name)
	}
}
