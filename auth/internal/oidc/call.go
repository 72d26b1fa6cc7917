package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Call is one outgoing call of a provider.
type Call struct {
	Endpoint string // one of the names below
	Status   int    // 0 without a response
	Took     time.Duration
	Err      error // why there is no response, or why it was refused
}

// The values of Call.Endpoint.
const (
	endpointDiscovery  = "discovery"
	endpointKeys       = "keys"
	endpointToken      = "token"
	endpointUserinfo   = "userinfo"
	endpointPAR        = "pushed_authorization_request"
	endpointRevocation = "revocation"
	endpointOther      = "other"
)

// essential are the endpoints without which no one can sign in, once the provider has
// been discovered.
var essential = []string{endpointKeys, endpointToken, endpointPAR}

// IsEssential reports whether a call shows if people can sign in. One that its caller
// canceled does not.
func (c Call) IsEssential() bool {
	return slices.Contains(essential, c.Endpoint) && !errors.Is(c.Err, context.Canceled)
}

// Failure returns why the provider is unavailable: it is down or slow. It is nil if
// the provider answered, whatever it said.
func (c Call) Failure() error {
	switch {
	case c.Err != nil && unreachable(c.Err):
		return fmt.Errorf("the %s endpoint: %w", c.Endpoint, Quotable(c.Err))
	case c.Status >= http.StatusInternalServerError:
		return fmt.Errorf("the %s endpoint answered %d", c.Endpoint, c.Status)
	}
	return nil
}

// observed reports each call of a provider to its Config.Called.
type observed struct {
	provider *Provider
	next     http.RoundTripper
}

func (o *observed) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := o.next.RoundTrip(r)
	call := Call{Endpoint: o.provider.endpointAt(r.URL), Took: time.Since(start), Err: err}
	if resp != nil {
		call.Status = resp.StatusCode
	}
	o.provider.Called(call)
	return resp, err
}

// endpointAt returns the endpoint at a URL.
func (p *Provider) endpointAt(at *url.URL) string {
	if strings.HasSuffix(at.Path, wellKnown) {
		return endpointDiscovery
	}
	p.mu.Lock()
	known := p.current
	p.mu.Unlock()
	if known == nil {
		return endpointOther
	}
	for _, endpoint := range []struct{ name, url string }{
		{endpointToken, known.TokenEndpoint}, {endpointKeys, known.JWKSURI}, {endpointUserinfo, known.UserinfoEndpoint},
		{endpointPAR, known.PushedEndpoint}, {endpointRevocation, known.RevocationEndpoint},
	} {
		if u, err := url.Parse(endpoint.url); err == nil && endpoint.url != "" && u.String() == at.String() {
			return endpoint.name
		}
	}
	return endpointOther
}
