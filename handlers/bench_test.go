package handlers_test

import (
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// BenchmarkSignedInHome is the signed-in home page through the whole handler.
// Its log is at warn, since a line of the access log costs what its destination
// costs; the last case adds one, to nowhere. BenchmarkBare is the baseline.
func BenchmarkSignedInHome(b *testing.B) {
	cases := []struct {
		name, store string
		level       slog.Level
	}{
		{"memory", "memory:", slog.LevelWarn},
		{"sqlite", "sqlite:" + filepath.Join(b.TempDir(), "latchkey.db"), slog.LevelWarn},
		{"memory and access log", "memory:", slog.LevelInfo},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			handler, r := signedInHome(b, handlerstest.OpenStore(b, c.store), c.level)
			serve(b, handler, r)
		})
	}
}

// BenchmarkBare is a bare net/http handler that looks up a session in a map and
// writes a page of the same size.
func BenchmarkBare(b *testing.B) {
	app, r := signedInHome(b, handlerstest.OpenStore(b, "memory:"), slog.LevelWarn)
	w := &sink{header: http.Header{}}
	app.ServeHTTP(w, r)
	page := []byte(strings.Repeat("x", w.size))
	cookie := r.Cookies()[0]
	var mu sync.RWMutex
	sessions := map[string]string{cookie.Value: authtest.Ada.Subject}
	serve(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := r.Cookie(cookie.Name)
		if err != nil {
			http.Error(w, "no cookie", http.StatusUnauthorized)
			return
		}
		mu.RLock()
		_, ok := sessions[token.Value]
		mu.RUnlock()
		if !ok {
			http.Error(w, "no session", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	}), r)
}

// signedInHome returns an app, and Ada's request of its home page.
func signedInHome(tb testing.TB, sessions store.Store, level slog.Level) (http.Handler, *http.Request) {
	tb.Helper()
	a := handlerstest.StartOn(tb, sessions, func(_ *auth.Config, c *handlers.Config) {
		c.Log = slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: level}))
	})
	browser := authtest.NewBrowser(tb)
	a.SignIn(tb, browser, authtest.Ada)
	r, err := http.NewRequest(http.MethodGet, a.URL+"/", nil)
	if err != nil {
		tb.Fatal(err)
	}
	for _, cookie := range browser.Client.Jar.Cookies(r.URL) {
		if strings.HasSuffix(cookie.Name, "latchkey.session") {
			r.AddCookie(cookie)
		}
	}
	r.RemoteAddr = "127.0.0.1:50000"
	return a.Handler(), r
}

// serve answers the request b.N times.
func serve(b *testing.B, handler http.Handler, r *http.Request) {
	b.Helper()
	w := &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		w.status, w.size = 0, 0
		clear(w.header)
		handler.ServeHTTP(w, r)
	}
	if w.status != http.StatusOK || w.size < 1000 {
		b.Fatalf("the home page: got status %d and %d bytes", w.status, w.size)
	}
}

// sink is an http.ResponseWriter that keeps how much was written.
type sink struct {
	header       http.Header
	status, size int
}

func (s *sink) Header() http.Header { return s.header }

func (s *sink) WriteHeader(status int) { s.status = status }

func (s *sink) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	s.size += len(p)
	return len(p), nil
}
