package oidc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// body counts those that are open.
type body struct {
	io.Reader
	open *int
}

func (b body) Close() error { *b.open--; return nil }

func TestBearerClosesEveryBody(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		replace func(context.Context, string) (string, error)
		sent    int
	}{
		"a new token":      {func(context.Context, string) (string, error) { return "new", nil }, 2},
		"no other token":   {func(context.Context, string) (string, error) { return "", nil }, 1},
		"a failed refresh": {func(context.Context, string) (string, error) { return "", errors.New("down") }, 1},
	} {
		sent, open := 0, 0
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent++
			w.WriteHeader(http.StatusUnauthorized)
		}))
		newBody := func() (io.ReadCloser, error) { open++; return body{strings.NewReader("text"), &open}, nil }
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, api.URL, nil)
		r.RequestURI, r.GetBody = "", newBody
		r.Body, _ = newBody()
		b := &Bearer{Next: http.DefaultTransport, Token: func(context.Context) (string, error) { return "old", nil }, Replace: c.replace}
		if resp, err := b.RoundTrip(r); err == nil {
			resp.Body.Close()
		}
		api.Close()
		if sent != c.sent || open != 0 {
			t.Errorf("%s: got %d requests, and %d bodies left open; want %d and none", name, sent, open, c.sent)
		}
	}
}
