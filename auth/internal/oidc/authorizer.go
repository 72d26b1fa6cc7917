package oidc

import (
	"net/url"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/client"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

// This file has every use of zitadel's relying party: it builds authorization requests,
// compares at_hash and signs client assertions. It does not send token requests (form.go
// does), because a refresh token must be kept even if the rest of its response is invalid.

// authorizer builds authorization requests.
type authorizer struct{ party rp.RelyingParty }

func newAuthorizer(c *Config, m *metadata) (authorizer, error) {
	party, err := rp.NewRelyingPartyOAuth(&oauth2.Config{
		ClientID: c.ClientID, RedirectURL: c.RedirectURI, Scopes: c.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: m.AuthorizationEndpoint, TokenURL: m.TokenEndpoint},
	})
	return authorizer{party}, err
}

// parameters returns those of Core 3.1.2.1 and RFC 7636 section 4.3.
func (a authorizer) parameters(state, nonce, verifier string) url.Values {
	u, err := url.Parse(rp.AuthURL(state, a.party,
		rp.WithCodeChallenge(oidc.NewSHACodeChallenge(verifier)),
		rp.AuthURLOpt(rp.WithURLParam("nonce", nonce)),
	))
	if err != nil {
		return url.Values{} // not reached: the metadata's URLs are checked
	}
	return u.Query()
}

// checkAccessTokenHash compares at_hash with the access token (Core 3.1.3.8).
func checkAccessTokenHash(accessToken, hash string, algorithm jose.SignatureAlgorithm) error {
	return rp.VerifyAccessToken(accessToken, hash, algorithm)
}

// signAssertion signs a client assertion for one audience (RFC 7523 section 3).
func signAssertion(clientID, audience string, signer jose.Signer) (string, error) {
	return client.SignedJWTProfileAssertion(clientID, []string{audience}, assertionLife, signer)
}
