package handlers_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
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

	authConfig     auth.Config
	handlersConfig handlers.Config
	handler        atomic.Pointer[http.Handler]
}

// start runs the app, which keeps its sessions in memory. The options change
// what it is started with.
func start(tb testing.TB, options ...func(*auth.Config, *handlers.Config)) *app {
	tb.Helper()
	return startOn(tb, openStore(tb, "memory:"), options...)
}

// startWith is start with a provider that has options of its own.
func startWith(tb testing.TB, options ...authtest.Option) *app {
	tb.Helper()
	return startAt(tb, authtest.Start(tb, options...), openStore(tb, "memory:"))
}

// startOn is start with another store.
func startOn(tb testing.TB, sessions store.Store, options ...func(*auth.Config, *handlers.Config)) *app {
	tb.Helper()
	return startAt(tb, authtest.Start(tb), sessions, options...)
}

func startAt(tb testing.TB, provider *authtest.Provider, sessions store.Store, options ...func(*auth.Config, *handlers.Config)) *app {
	tb.Helper()
	server := httptest.NewUnstartedServer(nil)
	a := &app{URL: "http://" + server.Listener.Addr().String(), Provider: provider, Log: new(logBuffer), Store: sessions}
	a.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret,
		RedirectURIs:         []string{a.URL + "/api/auth/callback/asgardeo"},
		BackChannelLogoutURI: a.URL + "/api/auth/backchannel-logout/asgardeo",
	})
	log := slog.New(slog.NewJSONHandler(a.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a.authConfig = auth.Config{URL: a.URL, Secret: "a secret for tests, of 32 bytes or more", Log: log, Providers: []auth.Provider{{
		ID: "asgardeo", ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Issuer: a.Provider.Issuer(),
	}}}
	a.handlersConfig = handlers.Config{Log: log}
	a.restart(tb, options...)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*a.handler.Load()).ServeHTTP(w, r)
	})
	server.Start()
	tb.Cleanup(server.Close)
	return a
}

// restart runs the app anew at the same URL and on the same store, with what
// the options change: as a deployment does.
func (a *app) restart(tb testing.TB, options ...func(*auth.Config, *handlers.Config)) {
	tb.Helper()
	for _, option := range options {
		option(&a.authConfig, &a.handlersConfig)
	}
	var err error
	if a.Auth, err = auth.New(a.authConfig, a.Store); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(a.Auth.Close)
	a.handlersConfig.Auth, a.handlersConfig.Ready = a.Auth, a.Store
	var handler http.Handler = handlers.New(a.handlersConfig)
	a.handler.Store(&handler)
}

func openStore(tb testing.TB, url string) store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
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

// isSignedIn asks the app.
func (a *app) isSignedIn(b *authtest.Browser) bool {
	return strings.TrimSpace(b.Get(a.URL+"/api/auth/session").Text) != "null"
}

// stopOn has the app's event streams end when the channel is closed.
func stopOn(stopping <-chan struct{}) func(*auth.Config, *handlers.Config) {
	return func(_ *auth.Config, c *handlers.Config) { c.Stopping = stopping }
}
