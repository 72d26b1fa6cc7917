package oidc

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

// testClock is a clock that a test moves.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func newTestClock() *testClock { return &testClock{now: time.Now()} }

func (c *testClock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newTestProvider returns a provider of an issuer, under the id "idp".
func newTestProvider(issuer string) *Provider {
	return New(Config{
		ID: "idp", ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Issuer: issuer,
		RedirectURI: "http://localhost:3000/api/auth/callback/idp", Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
}

// startProvider starts a provider that knows our client.
func startProvider(tb testing.TB, options ...authtest.Option) (*Provider, *authtest.Provider) {
	tb.Helper()
	server := authtest.Start(tb, options...)
	p := newTestProvider(server.Issuer())
	server.Register(authtest.Client{ID: p.ClientID, Secret: p.ClientSecret, RedirectURIs: []string{p.RedirectURI}})
	return p, server
}
