package oidc

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// This file has the requests to a provider that only package doctor sends.

// Discover returns the provider's discovery document, checked as for a sign-in.
func (p *Provider) Discover(ctx context.Context) (Claims, error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return nil, err
	}
	return party.Claims, nil
}

// WithWrongCredentials returns the provider with a random secret or, if we authenticate
// with a key, with another client ID.
func (p *Provider) WithWrongCredentials() *Provider {
	c := p.Config
	p.mu.Lock()
	known := p.current
	p.mu.Unlock()
	if known != nil && p.authMethod(known.metadata) == oidc.AuthMethodPrivateKeyJWT {
		c.ClientID = "latchkey-doctor-" + rand.Text()
	} else {
		c.ClientSecret = rand.Text()
	}
	wrong := New(c)
	wrong.current = known
	return wrong
}

// ClockOffset returns how far the provider's clock is ahead of ours, to within the time of
// a request and a second. A negative offset means that it is slow. It reports false for a
// response without a usable Date header (RFC 9110 section 6.6.1).
func (p *Provider) ClockOffset(ctx context.Context) (offset time.Duration, ok bool, err error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return 0, false, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, discoveryURL(party.Text("issuer")), nil)
	if err != nil {
		return 0, false, err
	}
	resp, err := p.do(endpointDiscovery, r)
	if err != nil {
		return 0, false, p.callError(endpointDiscovery, err)
	}
	resp.Body.Close()
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return 0, false, nil
	}
	age, _ := strconv.Atoi(resp.Header.Get("Age")) // of a cached response (RFC 9111 section 5.1)
	return date.Add(time.Duration(age) * time.Second).Sub(p.Now()), true, nil
}

// CountKeys fetches the provider's keys, and returns how many can verify an ID token.
func (p *Provider) CountKeys(ctx context.Context) (count int, err error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return 0, err
	}
	keys, err := p.fetchKeys(ctx, party.Text("jwks_uri"))
	for i := range keys {
		if slices.ContainsFunc(party.algorithms(), func(name string) bool {
			return len(matchingKeys(jose.Header{Algorithm: name}, keys[i:i+1])) > 0
		}) {
			count++
		}
	}
	return count, p.wrap(kindOf(err), err)
}

// ClientResponse is how an endpoint responds to our client authentication.
type ClientResponse struct {
	Status      int
	Code        string // error code (RFC 6749 section 5.2), sanitized; empty if the response has none
	Description string // code and explanation, sanitized
	AuthMethod  string // how we authenticated
}

// RedeemUnknownCode sends a code that does not exist to the token endpoint, which
// should check our client authentication first (RFC 6749 section 4.1.3).
func (p *Provider) RedeemUnknownCode(ctx context.Context) (*ClientResponse, error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := p.redeem(ctx, party, rand.Text(), rand.Text()+rand.Text())
	if err == nil && answer.status/100 == 2 && answer.Text("error") == "" {
		err = p.errorf(Fault, "%s: a code that does not exist is not refused (%d)", answer.endpoint, answer.status)
	}
	return p.clientResponse(party, answer, err)
}

// RevokeUnknownToken sends a token that does not exist to the revocation endpoint. With
// our client authentication accepted, that is no error (RFC 7009 section 2.2). Without
// such an endpoint, the response is nil.
func (p *Provider) RevokeUnknownToken(ctx context.Context) (*ClientResponse, error) {
	party, err := p.relyingParty(ctx)
	if err != nil || party.Text("revocation_endpoint") == "" {
		return nil, err
	}
	answer, err := p.revoke(ctx, party, rand.Text(), "refresh_token")
	return p.clientResponse(party, answer, err)
}

func (p *Provider) clientResponse(party *relyingParty, answer *formResponse, err error) (*ClientResponse, error) {
	if err != nil {
		return nil, err
	}
	return &ClientResponse{answer.status, Sanitize(answer.Text("error")), answer.description, string(p.authMethod(party.metadata))}, nil
}
