package handlers_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/handlers"
)

// app is the whole app on a free loopback port, against a provider of its own.
type app struct {
	URL      string
	Provider *authtest.Provider
	Log      *logBuffer // at debug level
	Store    store.Store
	Auth     *auth.Auth
}

// start runs the app. The options change what it is started with.
func start(tb testing.TB, options ...func(*auth.Config, *handlers.Config)) *app {
	tb.Helper()
	server := httptest.NewUnstartedServer(nil)
	a := &app{URL: "http://" + server.Listener.Addr().String(), Provider: authtest.Start(tb), Log: new(logBuffer)}
	a.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret,
		RedirectURIs:         []string{a.URL + "/api/auth/callback/asgardeo"},
		BackChannelLogoutURI: a.URL + "/api/auth/backchannel-logout/asgardeo",
	})
	log := slog.New(slog.NewJSONHandler(a.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ac := auth.Config{URL: a.URL, Secret: "a secret for tests, of 32 bytes or more", Log: log, Providers: []auth.Provider{{
		ID: "asgardeo", ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Issuer: a.Provider.Issuer(),
	}}}
	hc := handlers.Config{Log: log}
	for _, option := range options {
		option(&ac, &hc)
	}
	a.serve(tb, server, ac, hc)
	return a
}

func (a *app) serve(tb testing.TB, server *httptest.Server, ac auth.Config, hc handlers.Config) {
	tb.Helper()
	var err error
	if a.Store, err = store.Open(tb.Context(), "memory:"); err != nil {
		tb.Fatal(err)
	}
	if a.Auth, err = auth.New(ac, a.Store); err != nil {
		tb.Fatal(err)
	}
	hc.Auth, hc.Ready = a.Auth, a.Store
	server.Config.Handler = handlers.New(hc)
	server.Start()
	tb.Cleanup(func() {
		server.Close()
		a.Auth.Close()
		a.Store.Close()
	})
}

// logBuffer collects the log.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// signIn presses Sign in, signs in at the provider, and returns the page at the
// end of it.
func (a *app) signIn(tb testing.TB, b *authtest.Browser, who authtest.Person) *authtest.Page {
	tb.Helper()
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	if page.StatusCode != http.StatusSeeOther {
		tb.Fatalf("Sign in: got status %d, want 303; body:\n%s", page.StatusCode, page.Text)
	}
	return b.Walk(b.SignIn(page.Redirect, who))
}
