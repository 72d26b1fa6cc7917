package oidc

import (
	"context"
	"maps"
)

// CurrentClaims returns what the provider now says about the person of a verified ID token:
// the token's claims, replaced by those of userinfo. As at a sign-in, the claims about the
// sign-in itself are the ID token's. It reports false if the provider has no userinfo
// endpoint: then the claims are only as recent as the token.
func (p *Provider) CurrentClaims(ctx context.Context, idToken, accessToken string) (claims Claims, current bool, err error) {
	t, err := p.parseToken(idToken)
	if err != nil {
		return nil, false, p.wrap(Internal, err)
	}
	party, err := p.relyingParty(ctx)
	if err != nil || party.UserinfoEndpoint == "" {
		return t.Claims, false, err
	}
	info, err := p.userinfo(ctx, party, t.Claims, accessToken)
	if err != nil {
		return nil, false, err
	}
	return t.Claims.updatedBy(info), true, nil
}

// updatedBy returns the claims of an ID token with the personal claims of a later userinfo
// response in their place. An address and its verification are from the same response.
func (c Claims) updatedBy(info Claims) Claims {
	all := maps.Clone(c)
	for name, verification := range verifications {
		if info[name] != nil {
			delete(all, verification)
		}
	}
	for name, value := range info {
		address := addressOf(name)
		if !fromIDTokenAlone(name) && (address == "" || info[address] != nil) {
			all[name] = value
		}
	}
	return all
}
