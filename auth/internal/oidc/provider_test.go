package oidc

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

// panicking is a transport that panics at one endpoint, as a fault in our code or in
// a library would on that provider's response.
type panicking struct {
	at   authtest.Endpoint
	next http.RoundTripper
}

func (p panicking) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, string(p.at)) {
		panic("a response that causes a panic")
	}
	return p.next.RoundTrip(r)
}

// A panic in a background goroutine is an error, and the next attempt succeeds.
func TestPanicInABackgroundRequestIsAnError(t *testing.T) {
	t.Parallel()
	p, _ := startProvider(t)
	working := p.client.Transport
	exchangeCode := func() error {
		r := AuthorizationRequest{State: "state", Nonce: "nonce", Verifier: strings.Repeat("v", 43)}
		to, err := p.AuthorizationURL(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := url.Parse(authtest.NewBrowser(t).SignIn(to, authtest.Ada))
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Exchange(t.Context(), back.Query().Get("code"), r.Verifier, r.Nonce)
		return err
	}

	p.client.Transport = panicking{authtest.DiscoveryEndpoint, working}
	if _, err := p.AuthorizationURL(t.Context(), AuthorizationRequest{}); kindOf(err) != Internal {
		t.Errorf("discovery: got error %v, want one of the kind %s", err, Internal)
	}
	p.failure = nil // as if its memory had ended
	p.client.Transport = panicking{authtest.JWKSEndpoint, working}
	if err := exchangeCode(); kindOf(err) != Internal {
		t.Errorf("the keys: got error %v, want one of the kind %s", err, Internal)
	}
	p.client.Transport = working
	if err := exchangeCode(); err != nil {
		t.Errorf("afterwards: got error %v, want none", err)
	}
}

// The sign-in page learns from a call that fails, not an hour later, that the provider is
// down. A second failure within a minute asks for no other discovery.
func TestFailedCallMakesDiscoveryDue(t *testing.T) {
	t.Parallel()
	p, server := startProvider(t)
	now := time.Now()
	p.Now = func() time.Time { return now }
	exchange := func() {
		if _, err := p.Exchange(t.Context(), "code", strings.Repeat("v", 43), "nonce"); kindOf(err) != Unavailable {
			t.Fatalf("the exchange: got error %v, want one of the kind %s", err, Unavailable)
		}
	}
	if _, err := p.Discover(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Handle(authtest.TokenEndpoint, authtest.Status(http.StatusServiceUnavailable))
	server.Handle(authtest.DiscoveryEndpoint, authtest.Status(http.StatusServiceUnavailable))
	exchange()
	if failure, _ := p.Status(); failure != nil {
		t.Errorf("within a minute of the discovery: got %v, want no other discovery", failure)
	}
	now = now.Add(2 * time.Minute)
	exchange()
	_, _ = p.Status() // starts the discovery
	p.discovery.Wait()
	if failure, _ := p.Status(); kindOf(failure) != Unavailable {
		t.Errorf("after a failed exchange: got %v, want one of the kind %s", failure, Unavailable)
	}
	server.Handle(authtest.DiscoveryEndpoint, nil)
	now = now.Add(2 * failureMemory)
	_, _ = p.Status()
	p.discovery.Wait()
	if failure, _ := p.Status(); failure != nil {
		t.Errorf("when the provider is back: got %v, want none", failure)
	}
}
