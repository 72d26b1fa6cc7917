package oidc

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// A pushed authorization request is refused with the codes of the authorization endpoint
// (RFC 9126 section 2.3), and these mean the same at both.
func TestPushedRequestErrorIsThatOfAuthorizationEndpoint(t *testing.T) {
	t.Parallel()
	p, server := startProvider(t)
	server.EditDiscovery(func(doc map[string]any) { doc["require_pushed_authorization_requests"] = true })
	for _, code := range []string{"invalid_request", "invalid_scope", "unauthorized_client", "unsupported_response_type", "server_error", "temporarily_unavailable"} {
		server.Handle(authtest.PAREndpoint, authtest.OAuthError(code))
		_, err := p.AuthorizationURL(t.Context(), AuthorizationRequest{State: "state", Nonce: "nonce", Verifier: "verifier"})
		if want := kindOf(p.ResponseError(url.Values{"error": {code}})); kindOf(err) != want {
			t.Errorf("%s: got error %v of the kind %s, want %s", code, err, kindOf(err), want)
		}
	}
}

// The log names no person who has not signed in, and no state of a sign-in.
func TestPushedRequestErrorRepeatsNoParameter(t *testing.T) {
	t.Parallel()
	p, server := startProvider(t)
	server.EditDiscovery(func(doc map[string]any) { doc["require_pushed_authorization_requests"] = true })
	r := AuthorizationRequest{State: "the-state", Nonce: "the-nonce", Verifier: "verifier", LoginHint: "ada@example.com"}
	for _, code := range []string{"invalid_request", "server_error", "invalid_client", "unknown"} {
		server.Handle(authtest.PAREndpoint, authtest.Answer(400, "application/json",
			`{"error":"`+code+`","error_description":"not accepted: the-state, the-nonce, ada@example.com"}`))
		_, err := p.AuthorizationURL(t.Context(), r)
		if want := "not accepted: [secret], [secret], [secret]"; !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: got error %v, want one with %q", code, err, want)
		}
	}
}
