package handlers_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"latchkey/auth"
	"latchkey/auth/store"
	"latchkey/handlers"
)

// A page of your own for members of the group "admins", in addition to the app's routes.
func ExampleApp_RequireGroup() {
	sessions := store.NewMemory()
	defer sessions.Close()
	a, err := auth.New(auth.Config{
		URL: "https://app.example.com", Secret: "use the output of: latchkey secret", Log: slog.New(slog.DiscardHandler),
		Providers: []auth.Provider{{ID: "asgardeo", ClientID: "my-app", ClientSecret: "secret", Issuer: "http://localhost:1/oauth2/token"}},
	}, sessions)
	if err != nil {
		panic(err)
	}
	defer a.Close()
	app, err := handlers.New(handlers.Config{Auth: a, Ready: sessions, GroupProvider: "asgardeo"})
	if err != nil {
		panic(err)
	}

	mux := http.NewServeMux()
	mux.Handle("/", app)
	mux.Handle("GET /admin", app.RequireGroup("admins")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, _ := auth.FromContext(r.Context()) // never nil here
		fmt.Fprintf(w, "Hello %s", session.User.Name)
	})))

	response := httptest.NewRecorder()
	mux.ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/admin", nil))
	fmt.Println(response.Code) // signed out
	// Output: 401
}
