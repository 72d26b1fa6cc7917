package auth_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
)

func exampleAuth() *auth.Auth {
	a, err := auth.New(auth.Config{
		URL: "https://app.example.com", Secret: "use the output of the command: latchkey secret", Log: slog.New(slog.DiscardHandler),
		Providers: []auth.Provider{{ID: "asgardeo", ClientID: "my-app", ClientSecret: "secret", Issuer: "http://localhost:1/oauth2/token"}},
	}, store.NewMemory())
	if err != nil {
		panic(err)
	}
	return a
}

// asAdmin sends a request of an admin, as tests do, and prints the response.
func asAdmin(mux http.Handler, method, path string) {
	r := httptest.NewRequest(method, path, nil)
	r = authtest.As(r, &auth.Session{Provider: "asgardeo"}, map[string]any{"groups": "admins"})
	response := httptest.NewRecorder()
	mux.ServeHTTP(response, r)
	fmt.Println(response.Code, response.Body)
}

// An admin deletes a user, who is then signed out everywhere.
func ExampleAuth_EndSessions() {
	a := exampleAuth()
	defer a.Close()
	mux := http.NewServeMux()
	mux.Handle("DELETE /users/{subject}", a.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := auth.FromContext(r.Context())
		if err != nil || session == nil || !session.InGroup("asgardeo", "admins") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		// Delete the user first, so that Config.Admit refuses the next sign-in.
		ended, err := a.EndSessions(r.Context(), "asgardeo", r.PathValue("subject"))
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, "%d sessions ended", ended)
	})))

	asAdmin(mux, "DELETE", "/users/ada")
	// Output: 200 0 sessions ended
}

// An admin's page that shows where a user is signed in.
func ExampleAuth_SessionsOf() {
	a := exampleAuth()
	defer a.Close()
	mux := http.NewServeMux()
	mux.Handle("GET /users/{subject}", a.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := auth.FromContext(r.Context())
		if err != nil || session == nil || !session.InGroup("asgardeo", "admins") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		listed, err := a.SessionsOf(r.Context(), "asgardeo", r.PathValue("subject"))
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, "signed in %d times", len(listed))
		for _, s := range listed {
			fmt.Fprintf(w, "\n%s, last seen %s", s.Agent, s.LastSeen.Format("2006-01-02 15:04"))
		}
	})))

	asAdmin(mux, "GET", "/users/ada")
	// Output: 200 signed in 0 times
}
