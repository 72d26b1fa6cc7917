package oidc

import "context"

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
	if err != nil || party.Text("userinfo_endpoint") == "" {
		return t.Claims, false, err
	}
	info, err := p.userinfo(ctx, party, t.Claims, accessToken)
	if err != nil {
		return nil, false, err
	}
	return t.Claims.updatedBy(info), true, nil
}
