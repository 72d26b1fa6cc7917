package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
	"latchkey/auth/store/sqlite"
)

const (
	testOrigin  = "http://localhost:3000"
	testSecret  = "a secret for tests, of 32 bytes or more"
	otherSecret = "another secret for tests, just as long"
)

// newAuth returns an Auth on a store, with a clock that the test moves. Its
// one provider cannot be reached, unless an option changes that.
func newAuth(tb testing.TB, s store.Store, options ...func(*Config)) (*Auth, *authtest.Clock) {
	tb.Helper()
	c := Config{
		URL: testOrigin, Secret: testSecret, Log: slog.New(slog.DiscardHandler),
		Providers: []Provider{{ID: "asgardeo", ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Issuer: "http://localhost:1"}},
	}
	for _, option := range options {
		option(&c)
	}
	clock := authtest.NewClock()
	c.TestClock = clock.Now
	a, err := New(c, s)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(a.Close)
	return a, clock
}

func newTestStore(s store.Store, c *authtest.Clock) sessionStore {
	return newSessionStore(s, sealed.NewSealer(testOrigin, []string{testSecret}, c.Now), slog.New(slog.DiscardHandler), func(context.Context, error) {})
}

// newProviderFor starts a provider that knows an Auth's client and URLs.
func newProviderFor(tb testing.TB, a *Auth, options ...authtest.Option) *authtest.Provider {
	tb.Helper()
	p := authtest.Start(tb, options...)
	register(a, p)
	return p
}

// register tells a provider and an Auth of each other.
func register(a *Auth, p *authtest.Provider) {
	p.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{a.RedirectURI("asgardeo")}})
	setIssuer(a, p.Issuer())
}

// setIssuer changes the issuer of an Auth's one provider.
func setIssuer(a *Auth, issuer string) {
	p := a.byID["asgardeo"]
	p.Issuer = issuer
	*p = *newProvider(p.Provider, a.RedirectURI(p.ID), a.log, a.now)
}

func openStore(tb testing.TB, url string) store.Store {
	tb.Helper()
	var s store.Store = store.NewMemory()
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		var err error
		if s, err = sqlite.Open(tb.Context(), path); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// onEachStore runs a test on the stores that need no server.
func onEachStore(t *testing.T, test func(t *testing.T, s store.Store)) {
	for name, url := range map[string]string{"memory": "memory:", "sqlite": "sqlite:" + filepath.Join(t.TempDir(), "latchkey.db")} {
		t.Run(name, func(t *testing.T) { test(t, openStore(t, url)) })
	}
}

// newTestRequest returns the context that a handler inside Middleware gets for a
// request with these cookies.
func newTestRequest(tb testing.TB, a *Auth, cookies ...*http.Cookie) context.Context {
	tb.Helper()
	return through(tb, a.Middleware, cookies)
}

// through returns the context that a handler inside a middleware gets.
func through(tb testing.TB, middleware func(http.Handler) http.Handler, cookies []*http.Cookie) context.Context {
	tb.Helper()
	var ctx context.Context
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { ctx = r.Context() })).
		ServeHTTP(httptest.NewRecorder(), r)
	return ctx
}

// who returns the subject who is signed in with these cookies, or "".
func who(tb testing.TB, a *Auth, cookies ...*http.Cookie) string {
	tb.Helper()
	session, err := FromContext(through(tb, a.Background, cookies))
	if err != nil {
		tb.Fatalf("FromContext: got error %v, want none", err)
	}
	if session == nil {
		return ""
	}
	return session.User.Subject
}

// adaRecord returns the record of a sign-in by Ada, without its times.
func adaRecord() *record.Record {
	return &record.Record{Summary: record.Summary{Provider: "asgardeo", Subject: authtest.Ada.Subject, SID: "sid-of-ada", Name: "Ada Lovelace"}}
}

// beginSession creates a session without a provider, and returns its cookie.
func beginSession(tb testing.TB, a *Auth, r *record.Record) *http.Cookie {
	tb.Helper()
	r.Issuer = a.byID[r.Provider].Issuer
	token, err := a.createSession(tb.Context(), r)
	if err != nil {
		tb.Fatal(err)
	}
	return a.cookies.New(sessionCookie, token, time.Hour)
}

// toProvider starts a sign-in in a browser with these cookies, and finishes it at the
// provider. It returns the callback's query, and the browser's cookies.
func toProvider(tb testing.TB, a *Auth, b *authtest.Browser, cookies ...*http.Cookie) (url.Values, []*http.Cookie) {
	tb.Helper()
	redirect, err := a.SignIn(newTestRequest(tb, a, cookies...), SignInRequest{Provider: "asgardeo"})
	if err != nil {
		tb.Fatal(err)
	}
	back, err := url.Parse(b.SignIn(redirect.URL, authtest.Ada))
	if err != nil {
		tb.Fatal(err)
	}
	return back.Query(), append(cookies, redirect.Cookies...)
}

// signedInAda signs Ada in through a provider, in a browser with these cookies, and returns
// her session cookie.
func signedInAda(tb testing.TB, a *Auth, b *authtest.Browser, cookies ...*http.Cookie) *http.Cookie {
	tb.Helper()
	query, cookies := toProvider(tb, a, b, cookies...)
	redirect, err := a.Callback(newTestRequest(tb, a, cookies...), "asgardeo", query)
	if err != nil {
		tb.Fatal(err)
	}
	return named(tb, redirect.Cookies, sessionCookie)
}

// named returns the cookie with a name.
func named(tb testing.TB, cookies []*http.Cookie, name string) *http.Cookie {
	tb.Helper()
	for _, c := range cookies {
		if c.Name == name {
			return c
		}
	}
	tb.Fatalf("no cookie %s among %d", name, len(cookies))
	return nil
}

func wantCode(tb testing.TB, what string, err error, want Code) {
	tb.Helper()
	var known *Error
	if !errors.As(err, &known) || known.Code != want {
		tb.Errorf("%s: got error %v, want one with the code %s", what, err, want)
	}
}
