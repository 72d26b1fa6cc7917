package authtest

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

var scopesSupported = []string{"openid", "profile", "email", "offline_access", "groups", "internal_login"}

// discovery serves the discovery document (OpenID Connect Discovery section 4.2).
func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	c := p.current()
	var signingAlgorithms []string
	for _, key := range c.published {
		signingAlgorithms = append(signingAlgorithms, key.Algorithm)
	}
	slices.Sort(signingAlgorithms)
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                           p.Issuer(),
		"authorization_endpoint":                           p.Endpoint(AuthorizationEndpoint),
		"pushed_authorization_request_endpoint":            p.Endpoint(PAREndpoint),
		"token_endpoint":                                   p.Endpoint(TokenEndpoint),
		"userinfo_endpoint":                                p.Endpoint(UserinfoEndpoint),
		"jwks_uri":                                         p.Endpoint(JWKSEndpoint),
		"revocation_endpoint":                              p.Endpoint(RevocationEndpoint),
		"end_session_endpoint":                             p.Endpoint(EndSessionEndpoint),
		"response_types_supported":                         []string{"code"},
		"response_modes_supported":                         []string{"query"},
		"grant_types_supported":                            []string{"authorization_code", "refresh_token"},
		"subject_types_supported":                          []string{"public"},
		"scopes_supported":                                 slices.Clone(scopesSupported),
		"acr_values_supported":                             slices.Clone(acrs),
		"code_challenge_methods_supported":                 []string{"S256"},
		"id_token_signing_alg_values_supported":            slices.Compact(signingAlgorithms),
		"token_endpoint_auth_methods_supported":            []string{"client_secret_basic", "client_secret_post", "private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"RS256", "ES256", "PS256"},
		"claims_supported": []string{"sub", "name", "given_name", "family_name", "preferred_username",
			"username", "email", "email_verified", "picture", "groups", "auth_time", "acr", "amr", "sid"},
		"backchannel_logout_supported":         true,
		"backchannel_logout_session_supported": true,
	}, c.discovery)
}

// jwks serves the public keys (RFC 7517 section 5).
func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	c := p.current()
	var set jose.JSONWebKeySet
	for _, k := range c.published {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Public(), KeyID: k.KeyID, Algorithm: k.Algorithm, Use: "sig"})
	}
	doc := map[string]any{}
	_ = json.Unmarshal(mustJSON(set), &doc) // cannot fail
	writeJSON(w, http.StatusOK, doc, c.keys)
}
