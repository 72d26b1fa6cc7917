package auth_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// longest is the limit of a response's time, whatever the provider does.
const longest = 8 * time.Second

// An endpoint that hangs or never ends its response delays a request by at most
// 8 s in all.
func TestProviderTimeouts(t *testing.T) {
	t.Parallel()
	var worst stopwatch
	t.Cleanup(func() { t.Logf("the longest response time: %s", worst.longest) })
	slow := authtest.Trickle(100 * time.Millisecond)
	for _, w := range []struct {
		name   string
		faults map[authtest.Endpoint]authtest.Fault
		want   refusal // zero means that the sign-in works
	}{
		{"discovery hangs", at(authtest.Hang, authtest.DiscoveryEndpoint), unavailable("")},
		{"discovery trickles", at(slow, authtest.DiscoveryEndpoint), unavailable("")},
		{"keys hang", at(authtest.Hang, authtest.JWKSEndpoint), unavailable("")},
		{"keys trickle", at(slow, authtest.JWKSEndpoint), unavailable("")},
		{"token hangs", at(authtest.Hang, authtest.TokenEndpoint), unavailable("")},
		{"token trickles", at(slow, authtest.TokenEndpoint), unavailable("")},
		{"userinfo hangs", at(authtest.Hang, authtest.UserinfoEndpoint), refusal{}},
		{"userinfo trickles", at(slow, authtest.UserinfoEndpoint), refusal{}},
		{"keys and userinfo hang", at(authtest.Hang, authtest.JWKSEndpoint, authtest.UserinfoEndpoint), unavailable("")},
		{"all take 2 s", at(after(2*time.Second), authtest.DiscoveryEndpoint, authtest.TokenEndpoint, authtest.JWKSEndpoint, authtest.UserinfoEndpoint), refusal{}},
		{"all take 4 s", at(after(4*time.Second), authtest.DiscoveryEndpoint, authtest.TokenEndpoint, authtest.JWKSEndpoint, authtest.UserinfoEndpoint), unavailable("")},
		{"pushed requests hang", at(authtest.Hang, authtest.PAREndpoint), unavailable("")},
	} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			claims(handlerstest.DropNames)(a)
			if w.faults[authtest.PAREndpoint] != nil {
				metadata("require_pushed_authorization_requests", true)(a)
			}
			for e, f := range w.faults {
				a.Provider.Handle(e, f)
			}
			b := authtest.NewBrowser(t)
			page := timeSignIn(t, a, b, &worst)
			if w.want.code == "" && !a.HomeIsSignedIn(b) {
				t.Errorf("got status %d and signed out, want signed in; log:\n%s", page.StatusCode, a.Log)
			}
			if w.want.code != "" {
				assertRefused(t, a, page, w.want)
				assertOffersRetry(t, a, page)
			}
		})
	}
}

// timeSignIn is TrySignIn, with a stopwatch for each request.
func timeSignIn(tb testing.TB, a *handlerstest.App, b *authtest.Browser, worst *stopwatch) *authtest.Page {
	tb.Helper()
	start := time.Now()
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	worst.note(tb, time.Since(start))
	if page.StatusCode != http.StatusSeeOther {
		return page
	}
	callback := b.SignIn(page.Redirect, authtest.Ada)
	start = time.Now()
	page = b.Get(callback)
	worst.note(tb, time.Since(start))
	return page
}

func assertOffersRetry(tb testing.TB, a *handlerstest.App, page *authtest.Page) {
	tb.Helper()
	if page.Header.Get("Retry-After") == "" || !strings.Contains(page.Text, `action="/api/auth/signin/asgardeo"`) {
		tb.Errorf("Retry-After: got %q, want a value, and a form to retry in\n%s", page.Header.Get("Retry-After"), page.Text)
	}
}

type stopwatch struct {
	mu      sync.Mutex
	longest time.Duration
}

func (s *stopwatch) note(tb testing.TB, took time.Duration) {
	tb.Helper()
	if took >= longest {
		tb.Errorf("a response took %s, want less than %s", took, longest)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.longest = max(s.longest, took)
}

func at(f authtest.Fault, endpoints ...authtest.Endpoint) map[authtest.Endpoint]authtest.Fault {
	faults := map[authtest.Endpoint]authtest.Fault{}
	for _, e := range endpoints {
		faults[e] = f
	}
	return faults
}

// after delays the valid response.
func after(after time.Duration) authtest.Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(after):
				next.ServeHTTP(w, r)
			case <-r.Context().Done():
			}
		})
	}
}

// While one provider hangs, sign-in at another works, signed-in users see their
// pages, and all waiting requests share one discovery request.
func TestHangingProviderDelaysNoOtherRequests(t *testing.T) {
	t.Parallel()
	other := authtest.Start(t)
	a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) {
		other.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{c.URL + "/api/auth/callback/other"}})
		c.Providers = append(c.Providers, auth.Provider{ID: "other", ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Issuer: other.Issuer()})
	})
	hold, arrived, release := authtest.Hold()
	defer release()
	a.Provider.Handle(authtest.DiscoveryEndpoint, hold)
	var waiting sync.WaitGroup
	for range 20 {
		b := authtest.NewBrowser(t)
		waiting.Go(func() { b.Client.PostForm(a.URL+"/api/auth/signin/asgardeo", nil) })
	}
	<-arrived
	start := time.Now()
	b := authtest.NewBrowser(t)
	page := b.Post(a.URL+"/api/auth/signin/other", nil)
	b.Walk(b.SignIn(page.Redirect, authtest.Ada))
	for _, path := range []string{"/", "/profile", "/readyz"} {
		if page := b.Get(a.URL + path); page.StatusCode != http.StatusOK {
			t.Errorf("%s: got status %d, want 200", path, page.StatusCode)
		}
	}
	if !a.HomeIsSignedIn(b) {
		t.Errorf("signed out at the other provider, want signed in; log:\n%s", a.Log)
	}
	if took := time.Since(start); took > 6*time.Second {
		t.Errorf("sign-in and pages took %s while another provider hung, want less than that provider's time limit", took)
	}
	release()
	waiting.Wait()
	if got := a.Provider.Requests(authtest.DiscoveryEndpoint); got != 1 {
		t.Errorf("got %d discovery requests to the hanging provider, want one for all waiting requests", got)
	}
}
