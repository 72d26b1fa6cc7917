package oidc

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/client"

	"latchkey/auth/authtest"
)

// The alg of a JWK is the one that the key is registered for (RFC 7517 section 4.4).
func TestClientKeySignsWithItsAlgorithm(t *testing.T) {
	t.Parallel()
	rsa, p256, p384 := authtest.NewKey("RS256").Private, authtest.NewKey("ES256").Private, authtest.NewKey("ES384").Private
	for _, c := range []struct {
		key       any
		alg, want string // want is empty for a key that is refused
	}{
		{rsa, "", "RS256"}, {rsa, "PS256", "PS256"}, {rsa, "RS384", "RS384"}, {rsa, "ES256", ""}, {rsa, "RSA-OAEP", ""},
		{p256, "", "ES256"}, {p256, "ES256", "ES256"}, {p256, "RS256", ""}, {p384, "", ""}, {p384, "ES384", "ES384"},
	} {
		text, err := json.Marshal(jose.JSONWebKey{Key: c.key, Algorithm: c.alg})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if signer, err := newSigner(text); err == nil {
			assertion, err := client.SignedJWTProfileAssertion("client", []string{"issuer"}, assertionLife, signer)
			if err != nil {
				t.Fatal(err)
			}
			got = nameOfAlgorithm(assertion)
		}
		if got != c.want {
			t.Errorf("%T with alg %q: signs with %q, want %q", c.key, c.alg, got, c.want)
		}
	}
}

// A client that authenticates with a key has no secret to correct.
func TestClientRefusedNamesTheKey(t *testing.T) {
	t.Parallel()
	p, server := startProvider(t)
	der, err := x509.MarshalPKCS8PrivateKey(authtest.NewKey("ES256").Private)
	if err != nil {
		t.Fatal(err)
	}
	c := p.Config
	c.ClientSecret, c.ClientKey = "", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	server.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_client"))
	_, err = New(c).Exchange(t.Context(), "the code", "the verifier", "nonce")
	if kindOf(err) != Misconfigured || !strings.Contains(err.Error(), "AUTH_IDP_KEY_FILE") || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("got error %v, want one that names AUTH_IDP_KEY_FILE, and no secret", err)
	}
}
