package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Call is one outgoing call of a provider.
type Call struct {
	Endpoint string // one of the names below
	Status   int    // 0 without a response
	Took     time.Duration
	Err      error // why there is no response, or why it was refused
}

// The values of Call.Endpoint. With "_endpoint", most are the names of members of the metadata.
const (
	endpointDiscovery  = "discovery"
	endpointKeys       = "keys"
	endpointToken      = "token"
	endpointUserinfo   = "userinfo"
	endpointPAR        = "pushed_authorization_request"
	endpointRevocation = "revocation"
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

// do sends a request to an endpoint, and reports the call to Config.Called.
func (p *Provider) do(endpoint string, r *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := p.client.Do(r)
	call := Call{Endpoint: endpoint, Took: time.Since(start), Err: errors.Unwrap(err)} // in a url.Error
	if resp != nil {
		call.Status = resp.StatusCode
	}
	if call.Failure() != nil {
		p.invalidate()
	}
	p.Called(call)
	return resp, err
}
