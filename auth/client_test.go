package auth_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// An API may reject an access token before it expires, or one without a lifetime:
// Client refreshes it once, and repeats the request if its body can be read again.
func TestClientRefreshesRejectedAccessToken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		edit           func(*authtest.Provider)
		refusals       int64 // how many tokens in a row the API rejects
		status         int
		calls, refresh int // of the API and of the token endpoint
	}{
		{"early", nil, 1, 200, 2, 1},
		{"without expires_in", tokenDocument("expires_in", nil), 1, 200, 2, 1},
		{"every token", nil, 1 << 30, 401, 2, 1},
		{"no refresh token", tokenDocument("refresh_token", nil), 1, 401, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.Start(t), authtest.NewBrowser(t)
			if c.edit != nil {
				c.edit(a.Provider)
			}
			a.SignIn(t, b, authtest.Ada)
			var calls atomic.Int64
			a.Provider.Handle(authtest.UserinfoEndpoint, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if calls.Add(1) <= c.refusals {
						w.WriteHeader(http.StatusUnauthorized)
						return
					}
					next.ServeHTTP(w, r)
				})
			})
			before := a.Provider.Requests(authtest.TokenEndpoint)
			api := handlerstest.StartAPI(t, a, 1).Replicas[0].URL
			if page := b.Get(api); page.StatusCode != c.status {
				t.Errorf("the call: got %d %q, want %d", page.StatusCode, page.Text, c.status)
			}
			if got := int(calls.Load()); got != c.calls {
				t.Errorf("requests to the API: got %d, want %d", got, c.calls)
			}
			if got := a.Provider.Requests(authtest.TokenEndpoint) - before; got != c.refresh {
				t.Errorf("refreshes: got %d, want %d", got, c.refresh)
			}
			b.Get(api)
			if got := a.Provider.Requests(authtest.TokenEndpoint) - before; got != c.refresh {
				t.Errorf("refreshes after another call at once: got %d, want still %d", got, c.refresh)
			}
			if !a.IsSignedIn(b) {
				t.Error("signed out, want the session to stay")
			}
		})
	}
}

// Client reuses connections.
func TestClientReusesConnections(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	for i := range 3 {
		a.InRequest(t, b, func(ctx context.Context) {
			reused := false
			ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { reused = c.Reused }})
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Provider.Endpoint(authtest.UserinfoEndpoint), nil)
			if err != nil {
				t.Error(err)
				return
			}
			resp, err := a.Auth.Client(ctx).Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if want := i > 0; reused != want {
				t.Errorf("call %d: the connection is reused: got %v, want %v", i+1, reused, want)
			}
		})
	}
}

// A reverse proxy calls an API for each person with their own token, and passes none of
// the app's cookies on.
func TestTransportServesReverseProxy(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	var cookies atomic.Value
	a.Provider.Handle(authtest.UserinfoEndpoint, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			cookies.Store(r.Header.Get("Cookie"))
			next.ServeHTTP(w, r)
		})
	})
	api, err := url.Parse(a.Provider.Endpoint(authtest.UserinfoEndpoint))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(a.Auth.Middleware(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.URL, r.Out.Host = api, api.Host },
		Transport: a.Auth.Transport(),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, string(auth.CodeOf(err)), http.StatusTeapot)
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}))
	t.Cleanup(proxy.Close)

	for _, who := range []authtest.Person{authtest.Ada, authtest.Grace} {
		b := authtest.NewBrowser(t)
		a.SignIn(t, b, who)
		a.SetCookie(b, "theme", "dark")
		if page := b.Get(proxy.URL); page.StatusCode != http.StatusOK || !strings.Contains(page.Text, who.Subject) {
			t.Errorf("%s: got %d %s, want the API's answer about them", who.Username, page.StatusCode, page.Text)
		}
		if got := cookies.Load(); got != "theme=dark" {
			t.Errorf("cookies at the API: got %q, want theme=dark alone", got)
		}
	}
	if page := authtest.NewBrowser(t).Get(proxy.URL); page.StatusCode != http.StatusTeapot || !strings.Contains(page.Text, "session_ended") {
		t.Errorf("signed out: got %d %q, want the error session_ended", page.StatusCode, page.Text)
	}
}
