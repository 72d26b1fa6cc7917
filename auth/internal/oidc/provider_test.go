package oidc

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

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
