package handlerstest

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
	"latchkey/auth/store/postgres"
	"latchkey/auth/store/redis"
	"latchkey/auth/store/sqlite"
	"latchkey/handlers"
)

// App is the whole app on a free loopback port, with a provider of its own.
type App struct {
	URL      string
	Provider *authtest.Provider
	Log      *LogBuffer // at debug level
	Store    store.Store
	Auth     *auth.Auth

	AuthConfig     auth.Config
	HandlersConfig handlers.Config
	handler        atomic.Pointer[http.Handler]
}

// Start starts the app with a store in memory. The options change its
// configuration.
func Start(tb testing.TB, options ...func(*auth.Config, *handlers.Config)) *App {
	tb.Helper()
	return StartOn(tb, OpenStore(tb, "memory:"), options...)
}

// StartWith is Start with options for the provider.
func StartWith(tb testing.TB, options ...authtest.Option) *App {
	tb.Helper()
	return StartAt(tb, authtest.Start(tb, options...), OpenStore(tb, "memory:"))
}

// StartOn is Start with another store.
func StartOn(tb testing.TB, sessions store.Store, options ...func(*auth.Config, *handlers.Config)) *App {
	tb.Helper()
	return StartAt(tb, authtest.Start(tb), sessions, options...)
}

// StartAt is Start with another provider and another store.
func StartAt(tb testing.TB, provider *authtest.Provider, sessions store.Store, options ...func(*auth.Config, *handlers.Config)) *App {
	tb.Helper()
	server := httptest.NewUnstartedServer(nil)
	a := &App{URL: "http://" + server.Listener.Addr().String(), Provider: provider, Log: new(LogBuffer), Store: sessions}
	a.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret,
		RedirectURIs:         []string{a.URL + "/api/auth/callback/asgardeo"},
		BackChannelLogoutURI: a.URL + "/api/auth/backchannel-logout/asgardeo",
	})
	log := slog.New(slog.NewJSONHandler(a.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a.AuthConfig = auth.Config{URL: a.URL, Secret: "a secret for tests, of 32 bytes or more", Log: log, Providers: []auth.Provider{{
		ID: "asgardeo", ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Issuer: a.Provider.Issuer(),
	}}}
	a.HandlersConfig = handlers.Config{Log: log, Pages: true}
	a.Restart(tb, options...)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Handler().ServeHTTP(w, r)
	})
	server.Start()
	tb.Cleanup(server.Close)
	return a
}

// Restart starts the app again at the same URL and with the same store, as a
// deployment does. The options change its configuration.
func (a *App) Restart(tb testing.TB, options ...func(*auth.Config, *handlers.Config)) {
	tb.Helper()
	for _, option := range options {
		option(&a.AuthConfig, &a.HandlersConfig)
	}
	var err error
	if a.Auth, err = auth.New(a.AuthConfig, a.Store); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(a.Auth.Close)
	a.HandlersConfig.Auth, a.HandlersConfig.Ready = a.Auth, a.Store
	a.SetHandler(a.NewHandlers(tb))
}

// NewHandlers returns the handlers with the app's configuration.
func (a *App) NewHandlers(tb testing.TB) *handlers.App {
	tb.Helper()
	app, err := handlers.New(a.HandlersConfig)
	if err != nil {
		tb.Fatal(err)
	}
	return app
}

// Handler returns the handler that answers requests.
func (a *App) Handler() http.Handler { return *a.handler.Load() }

// SetHandler replaces the handler that answers requests.
func (a *App) SetHandler(h http.Handler) { a.handler.Store(&h) }

// OpenStore opens the store at a URL, and closes it at the end of the test.
func OpenStore(tb testing.TB, url string) store.Store {
	tb.Helper()
	var s store.Store
	var err error
	switch scheme, _, _ := strings.Cut(url, ":"); scheme {
	case "memory":
		s = store.NewMemory()
	case "sqlite":
		s, err = sqlite.Open(tb.Context(), url)
	case "redis":
		s, err = redis.Open(tb.Context(), url)
	case "postgres":
		s, err = postgres.Open(tb.Context(), url)
	default:
		tb.Fatalf("got the store's URL %q, want a known scheme", url)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// LogBuffer collects the log; it is safe for concurrent use.
type LogBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *LogBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *LogBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// StartReplica starts a second instance of the app with the same store, and
// returns its URL.
func (a *App) StartReplica(tb testing.TB) string {
	tb.Helper()
	replica, err := auth.New(a.AuthConfig, a.Store)
	if err != nil {
		tb.Fatal(err)
	}
	c := a.HandlersConfig
	c.Auth = replica
	app, err := handlers.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(app)
	tb.Cleanup(func() { server.Close(); replica.Close() })
	return server.URL
}

// AddProvider restarts the app with a second provider, whose ID is "other".
func (a *App) AddProvider(tb testing.TB) *authtest.Provider {
	tb.Helper()
	p := authtest.Start(tb)
	a.Restart(tb, func(c *auth.Config, _ *handlers.Config) {
		c.Providers = append(c.Providers, auth.Provider{ID: "other", ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Issuer: p.Issuer()})
	})
	return p
}
