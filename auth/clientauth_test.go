package auth_test

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
	"latchkey/handlers/handlerstest"
)

// The client authentication methods that metadata may list (OpenID Connect Core
// section 9, RFC 7523, RFC 9126).
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
			a := handlerstest.Start(t, func(ac *auth.Config, _ *handlers.Config) {
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

			page := a.SignIn(t, authtest.NewBrowser(t), authtest.Ada)
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

// A provider may list several methods and accept one of them per client:
// AuthMethod selects it.
func TestClientAuthenticationMethodFromConfig(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t, func(ac *auth.Config, _ *handlers.Config) { ac.Providers[0].AuthMethod = method })
			acceptOnly(a, method)
			a.AssertSignInWorks(t, authtest.NewBrowser(t))
		})
	}
}

// When the provider rejects the client, the log names the method used and what to
// try instead.
func TestClientAuthenticationRejectedLogsAdvice(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	acceptOnly(a, "client_secret_post")
	want := refusal{502, auth.Misconfigured, "we authenticated by client_secret_basic"}
	page := a.TrySignIn(authtest.NewBrowser(t))
	assertRefused(t, a, page, want)
	if cause := a.LoggedError(handlerstest.Reference(page)); !strings.Contains(cause, "AUTH_ASGARDEO_AUTH_METHOD") || !strings.Contains(cause, "client_secret_post") {
		t.Errorf("logged %q, want the variable and the other method", cause)
	}
}

// acceptOnly makes the provider list every method and accept one.
func acceptOnly(a *handlerstest.App, method string) {
	a.Provider.EditDiscovery(func(doc map[string]any) {
		doc["token_endpoint_auth_methods_supported"] = []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	})
	a.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret, AuthMethod: method,
		RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"},
	})
}

// Client IDs and secrets may contain any character. They are form-encoded in the
// Authorization header (RFC 6749 section 2.3.1, appendix B), for sign-in and for
// revocation.
func TestClientAuthenticationEscapesCredentials(t *testing.T) {
	t.Parallel()
	const secret = `p%41+ss:w/ör d&=]T2v6(V{Y!wNHT>}`
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		for _, id := range []string{"client id:1/PpG+Q", "https://app.example.com/", "ü%2B"} {
			t.Run(method+" as "+id, func(t *testing.T) {
				t.Parallel()
				a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) {
					c.Providers[0].ClientID, c.Providers[0].ClientSecret = id, secret
				})
				metadata("token_endpoint_auth_methods_supported", []string{method})(a)
				a.Provider.Register(authtest.Client{ID: id, Secret: secret, AuthMethod: method, RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"}})
				b := authtest.NewBrowser(t)
				a.AssertSignInWorks(t, b)
				b.Post(a.URL+"/api/auth/signout", nil)
				a.Auth.Close() // waits for background work
				if len(a.Provider.Revoked()) == 0 {
					t.Errorf("no token was revoked; log:\n%s", a.Log)
				}
			})
		}
	}
}
