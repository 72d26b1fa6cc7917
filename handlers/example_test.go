package handlers_test

import (
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

func newApp() *handlers.App {
	sessions := store.NewMemory() // or sqlite.Open, redis.Open, postgres.Open
	a, err := auth.New(auth.Config{
		URL: "https://app.example.com", Secret: "use the output of the command: latchkey secret", Log: slog.New(slog.DiscardHandler),
		Providers: []auth.Provider{{ID: "asgardeo", ClientID: "my-app", ClientSecret: "secret", Issuer: "http://localhost:1/oauth2/token"}},
	}, sessions)
	if err != nil {
		panic(err)
	}
	app, err := handlers.New(handlers.Config{Auth: a, Ready: sessions, Log: slog.New(slog.DiscardHandler), GroupProvider: "asgardeo"})
	if err != nil {
		panic(err)
	}
	return app
}

var helloPage = template.Must(template.New("").Parse(`<!doctype html><title>Hello</title>{{.Head.HTML}}
<h1>Hello, {{.Session.User.Name}}!</h1>{{.Body.HTML}}`))

// hello is a page of the app's own. Head and Body keep it up to date, such as when the
// person signs out in another tab.
func hello(app *handlers.App) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		session, _ := auth.FromContext(r.Context()) // never nil on a protected page
		helloPage.Execute(w, map[string]any{"Session": session, "Head": app.Head(r.Context()), "Body": app.Body(r.Context())})
	}
}

// show sends two requests, one of someone who is signed out and one of Ada, who is an
// editor, as tests do. It prints their status, and whether Ada sees a text.
func show(app http.Handler, method, path, text string) {
	r := httptest.NewRequest(method, path, nil)
	signedOut, ada := httptest.NewRecorder(), httptest.NewRecorder()
	app.ServeHTTP(signedOut, r)
	session := &auth.Session{Provider: "asgardeo", User: auth.User{Subject: "1", Name: "Ada"}}
	app.ServeHTTP(ada, authtest.As(r, session, map[string]any{"groups": "editors"}))
	fmt.Println(signedOut.Code, ada.Code, strings.Contains(ada.Body.String(), text))
}

// An app on net/http.
func Example() {
	app := newApp()
	mux := http.NewServeMux()
	mux.Handle("/api/auth/", app) // sign-in, sign-out and the rest
	mux.Handle("GET /hello", app.Protected(hello(app)))

	show(mux, "GET", "/hello", "Hello, Ada!")
	// Output: 401 200 true
}

// An app on chi.
func Example_chi() {
	app := newApp()
	router := chi.NewRouter()
	router.Mount("/api/auth", app)
	router.Group(func(r chi.Router) {
		r.Use(app.Protected)
		r.Get("/hello", hello(app))
	})

	show(router, "GET", "/hello", "Hello, Ada!")
	// Output: 401 200 true
}

// An app in German. The key of a text that is unknown is an error, which lists all keys.
func ExampleConfig_words() {
	handlerstest.InExample(func(t testing.TB) {
		server := handlerstest.Start(t, func(_ *auth.Config, c *handlers.Config) {
			c.Words = map[string]string{
				"lang":                      "de",
				"label.sign_in_to_continue": "Bitte anmelden",
				"label.one_provider":        "Mit Ihrem Konto bei {provider}.",
				"label.sign_in":             "Anmelden",
			}
		})
		page := authtest.NewBrowser(t).Get(server.URL + "/profile").Text
		for _, text := range []string{`<html lang="de">`, "Bitte anmelden</h1>", "Mit Ihrem Konto bei Asgardeo.", "Anmelden</button>"} {
			fmt.Println(strings.Contains(page, text))
		}
	})
	// Output:
	// true
	// true
	// true
	// true
}

// A page for members of a group, and one for members of another.
func ExampleApp_RequireGroup() {
	app := newApp()
	mux := http.NewServeMux()
	mux.Handle("GET /texts", app.RequireGroup("editors", "admins")(hello(app)))
	mux.Handle("GET /admin", app.RequireGroup("admins")(hello(app)))

	show(mux, "GET", "/texts", "Hello, Ada!")
	show(mux, "GET", "/admin", "don&#39;t have access")
	// Output:
	// 401 200 true
	// 401 403 true
}

// An action for which the person signs in again, even if they are signed in.
func ExampleApp_RequireFresh() {
	handlerstest.InExample(func(t testing.TB) {
		server := handlerstest.Start(t)
		app := server.NewHandlers(t)
		mux := http.NewServeMux()
		mux.Handle("/", app)
		fresh := app.RequireFresh(auth.Confirmation{Action: "erase"}, "Sign in again to erase your notes.")
		mux.Handle("POST /notes/erase", fresh(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "All notes are erased.")
		})))
		server.SetHandler(mux)

		browser := authtest.SignInTo(t, server.URL+"/profile", authtest.Ada)
		page := browser.Post(server.URL+"/notes/erase", nil)
		fmt.Println(page.StatusCode, strings.Contains(page.Text, "Sign in again to erase your notes."))

		// What the button of that page does:
		page = browser.Post(server.URL+"/api/auth/signin/asgardeo", url.Values{"confirm": {"erase"}, "callbackUrl": {"/notes"}})
		browser.Walk(browser.SignIn(page.Redirect, authtest.Ada))
		fmt.Println(browser.Post(server.URL+"/notes/erase", nil).Text)
	})
	// Output:
	// 403 true
	// All notes are erased.
}
