package authtest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// startApp starts an app that greets the person who is signed in at /hello.
func startApp(t testing.TB, issuer string, clock *authtest.Clock) *httptest.Server {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	sessions := store.NewMemory()
	signIns, err := auth.New(auth.Config{
		URL: server.URL, Secret: "a secret for tests, of 32 bytes or more", TestClock: clock.Now,
		Providers: []auth.Provider{{ID: "asgardeo", ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Issuer: issuer}},
	}, sessions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(signIns.Close)
	app, err := handlers.New(handlers.Config{Auth: signIns, Ready: sessions})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", app)
	mux.Handle("GET /hello", app.Protected(http.HandlerFunc(hello)))
	return server
}

func hello(w http.ResponseWriter, r *http.Request) {
	session, _ := auth.FromContext(r.Context()) // never nil on a protected page
	fmt.Fprintf(w, "Hello, %s!", session.User.Name)
}

// A test of an app that uses package auth: a person signs in, and a day later their
// session has ended.
func ExampleSignInTo() {
	handlerstest.InExample(func(t testing.TB) { // in your app: func TestHello(t *testing.T)
		clock := authtest.NewClock()
		provider := authtest.Start(t)
		provider.SetClock(clock.Now)
		app := startApp(t, provider.Issuer(), clock)

		browser := authtest.SignInTo(t, app.URL+"/hello", authtest.Ada)
		fmt.Println(browser.Get(app.URL + "/hello").Text)

		clock.Advance(25 * time.Hour)
		fmt.Println(browser.Get(app.URL + "/hello").StatusCode)
	})
	// Output:
	// Hello, Ada Lovelace!
	// 401
}

// A test of a handler, without an app and without a provider.
func ExampleAs() {
	handlerstest.InExample(func(t testing.TB) {
		r := httptest.NewRequest(http.MethodGet, "/hello", nil)
		r = authtest.As(r, &auth.Session{User: auth.User{Name: "Ada"}}, nil)
		response := httptest.NewRecorder()
		hello(response, r)
		fmt.Println(response.Body)
	})
	// Output: Hello, Ada!
}

// A provider that fails: the app says so, and recovers by itself.
func ExampleProvider_Handle() {
	handlerstest.InExample(func(t testing.TB) {
		provider := authtest.Start(t)
		app := startApp(t, provider.Issuer(), authtest.NewClock())
		browser := authtest.NewBrowser(t)

		provider.Handle(authtest.DiscoveryEndpoint, authtest.Times(1, authtest.Status(503)))
		fmt.Println(browser.Post(app.URL+"/api/auth/signin/asgardeo", nil).StatusCode)
		fmt.Println(provider.Requests(authtest.DiscoveryEndpoint))
	})
	// Output:
	// 503
	// 1
}
