package authtest

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

var scopesSupported = []string{"openid", "profile", "email", "offline_access", "groups", "internal_login"}

// discovery answers the discovery document (OpenID Connect Discovery, section 4.2),
// which names only what is really served.
func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	doc := map[string]any{
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
		"id_token_signing_alg_values_supported":            p.knobs.algorithms(),
		"token_endpoint_auth_methods_supported":            []string{"client_secret_basic", "client_secret_post", "private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"RS256", "ES256", "PS256"},
		"claims_supported": []string{"sub", "name", "given_name", "family_name", "preferred_username",
			"username", "email", "email_verified", "picture", "groups", "auth_time", "acr", "amr", "sid"},
		"backchannel_logout_supported":         true,
		"backchannel_logout_session_supported": true,
	}
	if p.settings.issParameter {
		doc["authorization_response_iss_parameter_supported"] = true
	}
	if p.settings.pushedOnly {
		doc["require_pushed_authorization_requests"] = true
	}
	p.knobs.edit(doc, func(m *misbehaviour) edit { return m.discovery })
	writeJSON(w, http.StatusOK, doc)
}

// jwks answers the public keys (RFC 7517, section 5).
func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	var set jose.JSONWebKeySet
	for _, k := range p.knobs.published() {
		set.Keys = append(set.Keys, k.jwk())
	}
	raw, err := json.Marshal(set)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	doc := map[string]any{}
	_ = json.Unmarshal(raw, &doc) // it was an object a moment ago
	p.knobs.edit(doc, func(m *misbehaviour) edit { return m.keys })
	writeJSON(w, http.StatusOK, doc)
}
