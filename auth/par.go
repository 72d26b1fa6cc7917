package auth

import (
	"context"
	"net/url"
)

// authorizationURL is where the browser takes an authorization request: with
// its parameters or, where the provider requires that, with a reference to
// them (RFC 9126 section 4).
func (p *provider) authorizationURL(ctx context.Context, party *relyingParty, s *signIn, asked SignInRequest) (string, error) {
	request := p.authorizationRequest(party, s, asked)
	s.Trace = traceFrom(ctx).SentRequest(party.AuthorizationEndpoint, request)
	if !party.PushedRequired || party.PushedEndpoint == "" {
		return withQuery(party.AuthorizationEndpoint, request), nil
	}
	reference, err := p.push(ctx, party, request)
	if err != nil {
		return "", err
	}
	return withQuery(party.AuthorizationEndpoint, url.Values{"client_id": {p.ClientID}, "request_uri": {reference}}), nil
}

// push hands the parameters to the provider beforehand (RFC 9126 section 2).
func (p *provider) push(ctx context.Context, party *relyingParty, request url.Values) (string, error) {
	answer, err := p.postForm(ctx, party, "pushed authorization request", party.PushedEndpoint, request)
	if err != nil {
		return "", err
	}
	reference := answer.text("request_uri")
	if answer.status/100 != 2 || reference == "" { // 201, and with some providers 200
		return "", p.endpointError(party, answer)
	}
	return reference, nil
}
