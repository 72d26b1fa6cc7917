package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
)

// program is the whole program inside the test process, and a provider for it.
type program struct {
	URL      string
	Provider *authtest.Provider
	Log      *logBuffer        // of all its runs
	Env      map[string]string // changes take effect at the next start

	cancel context.CancelFunc
	ended  chan error // nil while it does not run
}

// newProgram returns a program that keeps its sessions in a SQLite file. It is
// not started yet.
func newProgram(tb testing.TB, options ...authtest.Option) *program {
	tb.Helper()
	port := freePort(tb)
	p := &program{URL: "http://localhost:" + port, Provider: authtest.Start(tb, options...), Log: new(logBuffer)}
	p.Env = map[string]string{
		"PORT":                 port,
		"AUTH_SECRET":          "a secret for tests, of 32 bytes or more",
		"AUTH_ASGARDEO_ID":     authtest.ClientID,
		"AUTH_ASGARDEO_SECRET": authtest.ClientSecret,
		"AUTH_ASGARDEO_ISSUER": p.Provider.Issuer(),
		"AUTH_RATE_LIMIT":      "0",
		"SESSION_STORE":        "sqlite:" + filepath.Join(tb.TempDir(), "latchkey.db"),
	}
	p.register()
	tb.Cleanup(func() { p.stop(tb) })
	return p
}

// started is newProgram, started.
func started(tb testing.TB, options ...authtest.Option) *program {
	tb.Helper()
	p := newProgram(tb, options...)
	p.start(tb)
	return p
}

// register registers the program's URLs with the provider.
func (p *program) register() {
	p.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret,
		RedirectURIs:         []string{p.URL + "/api/auth/callback/asgardeo"},
		BackChannelLogoutURI: p.URL + "/api/auth/backchannel-logout/asgardeo",
	})
}

func (p *program) environ() []string {
	var environ []string
	for _, name := range slices.Sorted(maps.Keys(p.Env)) {
		environ = append(environ, name+"="+p.Env[name])
	}
	return environ
}

// start runs the program, and returns when it answers.
func (p *program) start(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, nil, p.environ(), io.Discard, p.Log) }()
	p.cancel, p.ended = cancel, ended
	eventually(tb, "the program answers", func() bool {
		select {
		case err := <-ended:
			p.ended = nil
			tb.Fatalf("start: got %v, want a program that runs; log:\n%s", err, p.Log)
		default:
		}
		return healthy(p.URL)
	})
}

// onlyOnce keeps no connection, for which a program that stops would wait.
var onlyOnce = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func healthy(url string) bool {
	resp, err := onlyOnce.Get(url + "/healthz")
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// stop stops the program as SIGTERM does, if it runs, and waits for its end.
func (p *program) stop(tb testing.TB) {
	tb.Helper()
	if p.ended == nil {
		return
	}
	p.cancel()
	if err := <-p.ended; err != nil {
		tb.Errorf("stop: got %v, want no error", err)
	}
	p.ended = nil
}

// restart stops the program and starts it again on the same port and store.
func (p *program) restart(tb testing.TB) {
	tb.Helper()
	p.stop(tb)
	p.start(tb)
}

// signIn signs someone in, and returns the page at the end of it.
func (p *program) signIn(tb testing.TB, b *authtest.Browser, who authtest.Person) *authtest.Page {
	tb.Helper()
	page := b.Post(p.URL+"/api/auth/signin/asgardeo", nil)
	if page.StatusCode != http.StatusSeeOther {
		tb.Fatalf("Sign in: got status %d, want 303; body:\n%s\nlog:\n%s", page.StatusCode, page.Text, p.Log)
	}
	return b.Walk(b.SignIn(page.Redirect, who))
}

func freePort(tb testing.TB) string { return storetest.FreePort(tb) }

// eventually waits until a condition holds.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("this still does not hold: %s", what)
		}
	}
}

// logBuffer collects what the program writes.
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
