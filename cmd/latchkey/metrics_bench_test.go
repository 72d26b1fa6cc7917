package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/handlers"
)

// BenchmarkMetrics is the signed-in home page through a socket, with metrics and
// without: in turn, in the same loop, so that a busy machine slows both alike. off-µs
// and on-µs are the medians of a request.
func BenchmarkMetrics(b *testing.B) {
	off, on := signedInGet(b, nil), signedInGet(b, newMetrics([]auth.Provider{{ID: "asgardeo"}}))
	var took [2][]time.Duration
	for i := 0; b.Loop(); i++ {
		for j := range 2 {
			which := (i + j) % 2 // each is first in every other pair
			start := time.Now()
			[]func(){off, on}[which]()
			took[which] = append(took[which], time.Since(start))
		}
	}
	for i, name := range []string{"off-µs", "on-µs"} {
		slices.Sort(took[i])
		b.ReportMetric(float64(took[i][b.N/2].Nanoseconds())/1000, name)
	}
}

// signedInGet starts an app with metrics, or without if they are nil, signs someone
// in, and returns a function that requests the home page.
func signedInGet(b *testing.B, m *metrics) func() {
	b.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		b.Fatal(err)
	}
	url := fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	provider := authtest.Start(b)
	provider.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{url + "/api/auth/callback/asgardeo"}})
	log := slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelInfo}))
	sessions := store.NewMemory()
	c := auth.Config{URL: url, Secret: "a secret for tests, of 32 bytes or more", Log: log, Providers: []auth.Provider{{
		ID: "asgardeo", ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Issuer: provider.Issuer(),
	}}}
	h := handlers.Config{Ready: sessions, Log: log, Pages: true}
	m.observe(&c, &h)
	if h.Auth, err = auth.New(c, m.measure(sessions)); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(h.Auth.Close)
	app, err := handlers.New(h)
	if err != nil {
		b.Fatal(err)
	}
	server := newServer(app, log)
	go server.Serve(listener)
	b.Cleanup(func() { server.Shutdown(context.Background()) })

	browser := authtest.NewBrowser(b)
	browser.Walk(browser.SignIn(browser.Post(url+"/api/auth/signin/asgardeo", nil).Redirect, authtest.Ada))
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodGet, url+"/", nil)
	if err != nil {
		b.Fatal(err)
	}
	jar.SetCookies(r.URL, browser.Client.Jar.Cookies(r.URL))
	client := &http.Client{Jar: jar}
	return func() {
		resp, err := client.Do(r.Clone(context.Background()))
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n < 1000 || resp.StatusCode != http.StatusOK {
			b.Fatalf("the home page: got status %d, %d bytes and error %v", resp.StatusCode, n, err)
		}
	}
}
