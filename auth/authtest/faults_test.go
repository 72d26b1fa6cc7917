package authtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

func TestFaultsThatRespond(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault       authtest.Fault
		status      int
		contentType string
		body        string // a part of it
	}{
		"Status":      {authtest.Status(503), 503, "text/plain; charset=utf-8", "Service Unavailable"},
		"HTML":        {authtest.HTML, 200, "text/html; charset=utf-8", "<h1>"},
		"OAuthError":  {authtest.OAuthError("invalid_grant"), 400, "application/json", `{"error":"invalid_grant"}`},
		"Answer":      {authtest.Answer(418, "text/tea", "no"), 418, "text/tea", "no"},
		"Times":       {authtest.Times(0, authtest.Status(500)), 200, "application/json", "issuer"},
		"ContentType": {authtest.ContentType("text/plain"), 200, "text/plain", "issuer"},
		"RedirectTo":  {authtest.RedirectTo("http://evil.example/"), 307, "text/html; charset=utf-8", "evil.example"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := authtest.Start(t)
			p.Handle(authtest.DiscoveryEndpoint, test.fault)
			page := authtest.NewBrowser(t).Get(p.Endpoint(authtest.DiscoveryEndpoint))
			if page.StatusCode != test.status || page.Header.Get("Content-Type") != test.contentType || !strings.Contains(page.Text, test.body) {
				t.Errorf("got %d %s %q, want %d %s with %q in it", page.StatusCode, page.Header.Get("Content-Type"),
					page.Text, test.status, test.contentType, test.body)
			}
		})
	}
}

func TestHuge(t *testing.T) {
	t.Parallel()
	p := authtest.Start(t)
	p.Handle(authtest.JWKSEndpoint, authtest.Huge(200_001))
	page := authtest.NewBrowser(t).Get(p.Endpoint(authtest.JWKSEndpoint))
	if got := len(page.Text); got != 200_001 {
		t.Errorf("length: got %d, want 200001", got)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	p := authtest.Start(t)
	p.Handle(authtest.DiscoveryEndpoint, authtest.Cut)
	resp, err := http.Get(p.Endpoint(authtest.DiscoveryEndpoint))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(string(got), "{") {
		t.Errorf("got %q and %v, want the beginning of a document, and an unexpected end", got, err)
	}
}

// Faults that never respond end when the client disconnects.
func TestFaultsThatNeverEnd(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]authtest.Fault{"Hang": authtest.Hang, "Trickle": authtest.Trickle(time.Millisecond)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := authtest.Start(t)
			left := make(chan struct{})
			p.Handle(authtest.TokenEndpoint, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					defer close(left)
					fault(next).ServeHTTP(w, r)
				})
			})
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			req := newRequest(t, http.MethodPost, p.Endpoint(authtest.TokenEndpoint), "a=b").WithContext(ctx)
			resp, err := http.DefaultClient.Do(req)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want to have waited until the deadline", err)
			}
			<-left
		})
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	fault, arrived, release := authtest.Hold()
	rp.provider.Handle(authtest.DiscoveryEndpoint, fault)
	answered := make(chan *authtest.Page)
	go func() {
		answered <- authtest.NewBrowser(t).Get(rp.provider.Endpoint(authtest.DiscoveryEndpoint))
	}()
	<-arrived
	select {
	case page := <-answered:
		t.Fatalf("got %d before release, want no response", page.StatusCode)
	default:
	}
	release()
	if page := <-answered; page.StatusCode != http.StatusOK {
		t.Errorf("after release: got %d, want 200", page.StatusCode)
	}
}
