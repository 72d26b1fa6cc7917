package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"sync"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

// api calls the provider's userinfo endpoint as the person who is signed in,
// through auth.Client, on several replicas of the app.
type api struct {
	*app
	replicas []*httptest.Server
}

// startAPI runs replicas that share the app's store, behind which each access
// token needs a refresh as soon as expire is called.
func startAPI(t *testing.T, a *app, replicas int) *api {
	t.Helper()
	calls := &api{app: a}
	for range replicas {
		replica, err := auth.New(a.authConfig, a.Store)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(replica.Close)
		server := httptest.NewServer(replica.Middleware(calls.handler(replica)))
		t.Cleanup(server.Close)
		calls.replicas = append(calls.replicas, server)
	}
	return calls
}

func (c *api) handler(replica *auth.Auth) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp, err := replica.Client(r.Context()).Get(c.Provider.Endpoint(authtest.UserinfoEndpoint))
		var known *auth.Error
		switch {
		case errors.As(err, &known):
			http.Error(w, string(known.Code), http.StatusTeapot)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		default:
			defer resp.Body.Close()
			w.WriteHeader(resp.StatusCode)
			io.Copy(w, resp.Body)
		}
	})
}

// expireAtOnce has the access token of the next sign-in expired already.
func expireAtOnce(p *authtest.Provider) (again func()) {
	p.EditTokenResponse(func(doc map[string]any) { doc["expires_in"] = -5 })
	return func() { p.EditTokenResponse(func(map[string]any) {}) }
}

func TestRefreshIsDoneOnce(t *testing.T) {
	t.Parallel()
	a := startWith(t, authtest.WithRotation())
	b := authtest.NewBrowser(t)
	normally := expireAtOnce(a.Provider)
	a.signIn(t, b, authtest.Ada)
	normally()
	calls := startAPI(t, a, 3)
	before := a.Provider.Requests(authtest.TokenEndpoint)

	requests := 100
	if os.Getenv("LATCHKEY_WHOLE") != "" { // as bench has it
		requests = 1000
	}
	failures := make(chan string, requests)
	var all sync.WaitGroup
	for i := range requests {
		all.Go(func() {
			resp, err := b.Client.Get(calls.replicas[i%3].URL)
			if err != nil {
				failures <- err.Error()
				return
			}
			defer resp.Body.Close()
			if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
				failures <- fmt.Sprint(resp.StatusCode, " ", string(body))
			}
		})
	}
	all.Wait()
	close(failures)
	for failure := range failures {
		t.Errorf("a call failed: %s", failure)
	}
	if got := a.Provider.Requests(authtest.TokenEndpoint) - before; got != 1 {
		t.Errorf("refreshes at the provider: got %d, want 1", got)
	}
}

func TestRefreshFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		fault    func(p *authtest.Provider)
		code     auth.Code
		signedIn bool
	}{
		{"invalid_grant ends the session", func(p *authtest.Provider) {
			p.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_grant"))
		}, auth.SessionEnded, false},
		{"a cut connection does not", func(p *authtest.Provider) {
			p.Handle(authtest.TokenEndpoint, authtest.Cut)
		}, auth.ProviderUnavailable, true},
		{"a failing provider does not", func(p *authtest.Provider) {
			p.Handle(authtest.TokenEndpoint, authtest.Status(http.StatusInternalServerError))
		}, auth.ProviderUnavailable, true},
		{"Core 12.2: another iss", func(p *authtest.Provider) {
			p.EditIDToken(func(_, claims map[string]any) { claims["iss"] = "https://evil.example" })
		}, auth.ProviderFault, true},
		{"Core 12.2: another sub", func(p *authtest.Provider) {
			p.EditIDToken(func(_, claims map[string]any) { claims["sub"] = authtest.Grace.Subject })
		}, auth.ProviderFault, true},
		{"Core 12.2: another aud", func(p *authtest.Provider) {
			p.EditIDToken(func(_, claims map[string]any) { claims["aud"] = "someone-else" })
		}, auth.ProviderFault, true},
		{"Core 12.2: another auth_time", func(p *authtest.Provider) {
			p.EditIDToken(func(_, claims map[string]any) { claims["auth_time"] = 1 })
		}, auth.ProviderFault, true},
		{"Core 12.2: another nonce", func(p *authtest.Provider) {
			p.EditIDToken(func(_, claims map[string]any) { claims["nonce"] = "another" })
		}, auth.ProviderFault, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			b := authtest.NewBrowser(t)
			normally := expireAtOnce(a.Provider)
			a.signIn(t, b, authtest.Ada)
			normally()
			c.fault(a.Provider)
			page := b.Get(startAPI(t, a, 1).replicas[0].URL)
			if got, want := page.Text, string(c.code)+"\n"; got != want {
				t.Errorf("the call: got %q, want %q; log:\n%s", got, want, a.Log)
			}
			if got := a.isSignedIn(b); got != c.signedIn {
				t.Errorf("signed in afterwards: got %v, want %v", got, c.signedIn)
			}
		})
	}
}

// A claim of a type that makes no sense says nothing, and above all takes
// nothing down: a refresh runs in a goroutine of its own.
func TestRefreshWithAnOddClaim(t *testing.T) {
	t.Parallel()
	a, b := start(t), authtest.NewBrowser(t)
	expireAtOnce(a.Provider)
	a.Provider.EditIDToken(func(_, claims map[string]any) { claims["auth_time"] = []any{1} })
	a.signIn(t, b, authtest.Ada)
	if page := b.Get(startAPI(t, a, 1).replicas[0].URL); page.StatusCode != http.StatusOK {
		t.Errorf("the call: got %d %q, want 200; log:\n%s", page.StatusCode, page.Text, a.Log)
	}
}

// The store fails in the moment in which the provider has used up the refresh
// token: the new one is stored as soon as the store is back, and nobody is
// signed out by it.
func TestRefreshWhoseWriteFails(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]authtest.Option{"one refresh token for ever": nil, "rotation": {authtest.WithRotation()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newMoody(t)
			a, b := startAt(t, authtest.Start(t, options...), s), authtest.NewBrowser(t)
			normally := expireAtOnce(a.Provider)
			a.signIn(t, b, authtest.Ada)
			normally()
			calls := startAPI(t, a, 2)
			hold, arrived, release := holdAnswer()
			a.Provider.Handle(authtest.TokenEndpoint, hold)
			var call sync.WaitGroup
			call.Go(func() {
				if page := b.Get(calls.replicas[0].URL); page.Text != string(auth.StoreUnavailable)+"\n" {
					t.Errorf("while the store is down: got %q, want %q", page.Text, auth.StoreUnavailable)
				}
			})
			<-arrived
			s.is(down)
			release()
			call.Wait()
			a.Provider.Handle(authtest.TokenEndpoint, nil)
			before := a.Provider.Requests(authtest.TokenEndpoint)
			s.is(well)
			for i, replica := range calls.replicas {
				if page := b.Get(replica.URL); page.StatusCode != http.StatusOK {
					t.Errorf("replica %d, when the store is back: got %d %q, want 200", i+1, page.StatusCode, page.Text)
				}
			}
			if got := a.Provider.Requests(authtest.TokenEndpoint) - before; got != 0 {
				t.Errorf("got %d more refreshes, want none", got)
			}
			if got := a.Provider.Revoked(); len(got) != 0 {
				t.Errorf("got %d tokens revoked, want none", len(got))
			}
		})
	}
}

// Calls in people's names keep their connections.
func TestClientKeepsConnections(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	for i := range 3 {
		a.as(t, b, func(ctx context.Context) {
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
				t.Errorf("call %d: a connection is used again: got %v, want %v", i+1, reused, want)
			}
		})
	}
}
