package auth_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// signInExpired signs Ada in, and her access token has expired already.
func signInExpired(t *testing.T, a *handlerstest.App, b *authtest.Browser) {
	t.Helper()
	restore := handlerstest.ExpireAccessTokens(a.Provider)
	a.SignIn(t, b, authtest.Ada)
	restore()
}

func TestRefreshRunsOnceAcrossReplicas(t *testing.T) {
	t.Parallel()
	a := handlerstest.StartWith(t, authtest.WithRotation())
	b := authtest.NewBrowser(t)
	signInExpired(t, a, b)
	calls := handlerstest.StartAPI(t, a, 3)
	before := a.Provider.Requests(authtest.TokenEndpoint)

	requests := 100
	if os.Getenv("LATCHKEY_WHOLE") != "" { // as set by task bench
		requests = 1000
	}
	failures := make(chan string, requests)
	var all sync.WaitGroup
	for i := range requests {
		all.Go(func() {
			resp, err := b.Client.Get(calls.Replicas[i%3].URL)
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
		{"a closed connection keeps it", func(p *authtest.Provider) {
			p.Handle(authtest.TokenEndpoint, authtest.Cut)
		}, auth.ProviderUnavailable, true},
		{"a failing provider keeps it", func(p *authtest.Provider) {
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
			a := handlerstest.Start(t)
			b := authtest.NewBrowser(t)
			signInExpired(t, a, b)
			c.fault(a.Provider)
			page := b.Get(handlerstest.StartAPI(t, a, 1).Replicas[0].URL)
			if got, want := page.Text, string(c.code)+"\n"; got != want {
				t.Errorf("the call: got %q, want %q; log:\n%s", got, want, a.Log)
			}
			if got := a.IsSignedIn(b); got != c.signedIn {
				t.Errorf("signed in afterwards: got %v, want %v", got, c.signedIn)
			}
		})
	}
}

// A claim of a wrong type is ignored. It must not panic: a refresh runs in its own
// goroutine.
func TestRefreshIgnoresClaimOfWrongType(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	handlerstest.ExpireAccessTokens(a.Provider)
	a.Provider.EditIDToken(func(_, claims map[string]any) { claims["auth_time"] = []any{1} })
	a.SignIn(t, b, authtest.Ada)
	if page := b.Get(handlerstest.StartAPI(t, a, 1).Replicas[0].URL); page.StatusCode != http.StatusOK {
		t.Errorf("the call: got %d %q, want 200; log:\n%s", page.StatusCode, page.Text, a.Log)
	}
}

// The store fails after the provider has used the refresh token up: the new one is
// stored when the store is back, and the session stays.
func TestRefreshRecoversAfterFailedWrite(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]authtest.Option{"without rotation": nil, "rotation": {authtest.WithRotation()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
			a, b := handlerstest.StartAt(t, authtest.Start(t, options...), s), authtest.NewBrowser(t)
			signInExpired(t, a, b)
			calls := handlerstest.StartAPI(t, a, 2)
			hold, arrived, release := holdAnswer()
			a.Provider.Handle(authtest.TokenEndpoint, hold)
			var call sync.WaitGroup
			call.Go(func() {
				if page := b.Get(calls.Replicas[0].URL); page.Text != string(auth.StoreUnavailable)+"\n" {
					t.Errorf("while the store is down: got %q, want %q", page.Text, auth.StoreUnavailable)
				}
			})
			<-arrived
			s.Set(storetest.Fails())
			release()
			call.Wait()
			a.Provider.Handle(authtest.TokenEndpoint, nil)
			before := a.Provider.Requests(authtest.TokenEndpoint)
			s.Set(nil)
			for i, replica := range calls.Replicas {
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
