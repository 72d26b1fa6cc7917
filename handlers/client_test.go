package handlers_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
)

// Every way of proving to the provider who its client is, where the metadata
// asks for it (OpenID Connect Core section 9, RFC 7523, RFC 9126).
func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	rsaPEM, rsaPublic := newKey(t, func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) })
	ecPEM, ecPublic := newKey(t, func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) })
	for _, c := range []struct {
		name   string
		method string
		key    []byte
		public crypto.PublicKey
		pushed bool
	}{
		{"client_secret_basic", "client_secret_basic", nil, nil, false},
		{"client_secret_post", "client_secret_post", nil, nil, false},
		{"private_key_jwt, RSA", "private_key_jwt", rsaPEM, rsaPublic, false},
		{"private_key_jwt, P-256", "private_key_jwt", ecPEM, ecPublic, false},
		{"pushed, client_secret_basic", "client_secret_basic", nil, nil, true},
		{"pushed, client_secret_post", "client_secret_post", nil, nil, true},
		{"pushed, private_key_jwt", "private_key_jwt", ecPEM, ecPublic, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := start(t, func(ac *auth.Config, _ *handlers.Config) {
				if c.key != nil {
					ac.Providers[0].ClientKey, ac.Providers[0].ClientSecret = c.key, ""
				}
			})
			a.Provider.EditDiscovery(func(doc map[string]any) {
				doc["token_endpoint_auth_methods_supported"] = []string{c.method}
				doc["require_pushed_authorization_requests"] = c.pushed
			})
			client := authtest.Client{
				ID: authtest.ClientID, AuthMethod: c.method, PublicKey: c.public,
				RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"},
			}
			if c.key == nil {
				client.Secret = authtest.ClientSecret
			}
			a.Provider.Register(client)

			page := a.signIn(t, authtest.NewBrowser(t), authtest.Ada)
			if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "You are now signed in!") {
				t.Fatalf("after signing in: got status %d and\n%s\nwant the signed-in page; log:\n%s", page.StatusCode, page.Text, a.Log)
			}
			if got := a.Provider.Requests(authtest.PAREndpoint) > 0; got != c.pushed {
				t.Errorf("pushed the authorization request: got %v, want %v", got, c.pushed)
			}
		})
	}
}

func newKey(tb testing.TB, generate func() (crypto.Signer, error)) (private []byte, public crypto.PublicKey) {
	tb.Helper()
	key, err := generate()
	if err != nil {
		tb.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), key.Public()
}
