package oidc

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// This file has the requests to a provider that only package doctor sends.

// Discovered is a provider's discovery document.
type Discovered struct {
	Claims // all members

	Issuer                string
	AuthorizationEndpoint string
	EndSessionEndpoint    string   // may be empty
	Algorithms            []string // of ID tokens: announced by the provider and supported here
	AuthMethod            string   // of client authentication, as used here
	PushesRequests        bool     // whether sign-ins use pushed authorization requests
}

// Discover returns the provider's discovery document, checked as for a sign-in.
func (p *Provider) Discover(ctx context.Context) (*Discovered, error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return nil, err
	}
	d := &Discovered{
		Issuer: party.Issuer, AuthorizationEndpoint: party.AuthorizationEndpoint, EndSessionEndpoint: party.EndSessionEndpoint,
		AuthMethod: string(p.authMethod(party.metadata)), PushesRequests: party.PushedRequired && party.PushedEndpoint != "",
	}
	if announced := party.IDTokenAlgorithms; announced == nil || slices.ContainsFunc(announced, isSupportedAlgorithm) {
		d.Algorithms = party.algorithms()
	}
	if err := fetchJSON(ctx, p.client, discoveryURL(party.Issuer), "", &d.Claims); err != nil {
		return nil, p.wrap(kindOf(err), err)
	}
	return d, nil
}

// With returns the provider with another registration and the same metadata.
func (p *Provider) With(change func(*Config)) *Provider {
	c := p.Config
	change(&c)
	other := New(c)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil {
		other.current = other.newRelyingParty(p.current.metadata)
	}
	return other
}

// ClockOffset returns how far the provider's clock is ahead of ours. A negative
// offset means that it is slow, and zero that no difference can be measured. It reports
// false for a response without a usable Date header (RFC 9110 section 6.6.1).
func (p *Provider) ClockOffset(ctx context.Context) (offset time.Duration, ok bool, err error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return 0, false, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, discoveryURL(party.Issuer), nil)
	if err != nil {
		return 0, false, err
	}
	r.Header.Set("Cache-Control", "no-cache")
	sent := p.Now()
	resp, err := p.client.Do(r)
	if err != nil {
		return 0, false, p.callError("discovery", err)
	}
	resp.Body.Close()
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return 0, false, nil
	}
	age, _ := strconv.Atoi(resp.Header.Get("Age")) // of a cached response (RFC 9111 section 5.1)
	return clockOffset(sent, p.Now(), date.Add(time.Duration(age)*time.Second)), true, nil
}

// clockOffset compares a date, which is truncated to the second, with the moments before
// and after the response.
func clockOffset(sent, received, date time.Time) time.Duration {
	switch latest := date.Add(time.Second); {
	case date.After(received):
		return date.Sub(received)
	case latest.Before(sent):
		return latest.Sub(sent)
	}
	return 0
}

// PublishedKeys are the keys of a provider's JWK Set.
type PublishedKeys struct {
	Total    int
	Usable   int // for signatures
	Matching int // usable, and for one of the supported algorithms
}

// PublishedKeys fetches the provider's keys.
func (p *Provider) PublishedKeys(ctx context.Context) (PublishedKeys, error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return PublishedKeys{}, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := fetchJSON(ctx, p.client, party.JWKSURI, "", &set); err != nil {
		return PublishedKeys{}, p.wrap(kindOf(err), err)
	}
	published := PublishedKeys{Total: len(set.Keys)}
	for _, raw := range set.Keys {
		key, ok := readKey(raw)
		if !ok || !usable(&key) {
			continue
		}
		published.Usable++
		if slices.ContainsFunc(party.algorithms(), func(name string) bool {
			return len(matchingKeys(jose.Header{Algorithm: name}, []jose.JSONWebKey{key})) > 0
		}) {
			published.Matching++
		}
	}
	return published, nil
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
func (p *Provider) RedeemUnknownCode(ctx context.Context, code, verifier string) (*ClientResponse, error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := p.postForm(ctx, party, tokenEndpoint, party.TokenEndpoint, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.RedirectURI}, "code_verifier": {verifier},
	}, code, verifier)
	if err != nil {
		return nil, err
	}
	if answer.status/100 == 2 && answer.Text("error") == "" {
		return nil, p.errorf(Fault, "%s: a code that does not exist is not refused (%d)", answer.endpoint, answer.status)
	}
	return p.clientResponse(party, answer), nil
}

// RevokeUnknownToken sends a token that does not exist to the revocation endpoint. With
// our client authentication accepted, that is no error (RFC 7009 section 2.2). Without
// such an endpoint, the response is nil.
func (p *Provider) RevokeUnknownToken(ctx context.Context, token string) (*ClientResponse, error) {
	party, err := p.relyingParty(ctx)
	if err != nil || party.RevocationEndpoint == "" {
		return nil, err
	}
	form := url.Values{"token": {token}, "token_type_hint": {"refresh_token"}}
	answer, err := p.postForm(ctx, party, "revocation endpoint", party.RevocationEndpoint, form, token)
	if err != nil {
		return nil, err
	}
	return p.clientResponse(party, answer), nil
}

func (p *Provider) clientResponse(party *relyingParty, answer *formResponse) *ClientResponse {
	return &ClientResponse{answer.status, Sanitize(answer.Text("error")), answer.description, string(p.authMethod(party.metadata))}
}
