package oidc

import (
	"net/url"
	"testing"

	"latchkey/auth/authtest"
)

// A pushed authorization request is refused with the codes of the authorization endpoint
// (RFC 9126 section 2.3), and these mean the same at both.
func TestPushedRequestErrorIsThatOfAuthorizationEndpoint(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"invalid_request", "invalid_scope", "unauthorized_client", "unsupported_response_type", "server_error", "temporarily_unavailable"} {
		p, server := startProvider(t)
		server.EditDiscovery(func(doc map[string]any) { doc["require_pushed_authorization_requests"] = true })
		server.Handle(authtest.PAREndpoint, authtest.OAuthError(code))
		_, err := p.AuthorizationURL(t.Context(), AuthorizationRequest{State: "state", Nonce: "nonce", Verifier: "verifier"})
		if want := kindOf(p.ResponseError(url.Values{"error": {code}})); kindOf(err) != want {
			t.Errorf("%s: got error %v of the kind %s, want %s", code, err, kindOf(err), want)
		}
	}
}
