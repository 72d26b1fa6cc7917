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
	"sync"
	"sync/atomic"
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

// A provider may offer several methods of client authentication, and take only one
// from each client: a setting names it.
func TestClientAuthenticationThatIsSet(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			a := start(t, func(ac *auth.Config, _ *handlers.Config) { ac.Providers[0].AuthMethod = method })
			a.takesOnly(method)
			a.signsIn(t, authtest.NewBrowser(t))
		})
	}
}

// Where the provider rejects the client, the log says how it authenticated, and
// what to try.
func TestRejectedClientIsToldWhatToTry(t *testing.T) {
	t.Parallel()
	a := start(t)
	a.takesOnly("client_secret_post")
	want := refusal{502, auth.Misconfigured, "we authenticated by client_secret_basic"}
	page := a.attempt(authtest.NewBrowser(t))
	a.refused(t, page, want)
	if cause := a.cause(referenceOn(page)); !strings.Contains(cause, "AUTH_ASGARDEO_AUTH_METHOD") || !strings.Contains(cause, "client_secret_post") {
		t.Errorf("the log says %q, want it to name the variable and the other method", cause)
	}
}

// takesOnly has the provider offer every method, and take one from our client.
func (a *app) takesOnly(method string) {
	a.Provider.EditDiscovery(func(doc map[string]any) {
		doc["token_endpoint_auth_methods_supported"] = []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	})
	a.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret, AuthMethod: method,
		RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"},
	})
}

// Every request that we send says who we are.
func TestOutgoingRequestsSayWhoWeAre(t *testing.T) {
	t.Parallel()
	a, b := start(t), authtest.NewBrowser(t)
	var mu sync.Mutex
	agents := map[authtest.Endpoint]string{}
	all := []authtest.Endpoint{authtest.DiscoveryEndpoint, authtest.JWKSEndpoint, authtest.TokenEndpoint, authtest.UserinfoEndpoint, authtest.RevocationEndpoint}
	for _, e := range all {
		a.Provider.Handle(e, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				agents[e] = r.UserAgent()
				mu.Unlock()
				next.ServeHTTP(w, r)
			})
		})
	}
	a.signIn(t, b, authtest.Ada)
	b.Get(startAPI(t, a, 1).replicas[0].URL)
	b.Post(a.URL+"/api/auth/signout", nil)
	a.Auth.Close()
	mu.Lock()
	defer mu.Unlock()
	for _, e := range all {
		if !strings.HasPrefix(agents[e], "latchkey/") {
			t.Errorf("at the %s endpoint: got User-Agent %q, want latchkey/ and the version", e, agents[e])
		}
	}
}

// Client IDs and secrets are whatever the provider has made up. A secret with a
// percent sign or a plus arrives as it is (RFC 6749 section 2.3.1, appendix B), at
// the sign-in and at the revocation.
func TestClientCredentialsOfAnyCharacters(t *testing.T) {
	t.Parallel()
	const secret = `p%41+ss:w/ör d&=]T2v6(V{Y!wNHT>}`
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		for _, id := range []string{"client id:1/PpG+Q", "https://app.example.com/", "ü%2B"} {
			t.Run(method+" as "+id, func(t *testing.T) {
				t.Parallel()
				a := start(t, func(c *auth.Config, _ *handlers.Config) {
					c.Providers[0].ClientID, c.Providers[0].ClientSecret = id, secret
				})
				metadata("token_endpoint_auth_methods_supported", []string{method})(a)
				a.Provider.Register(authtest.Client{ID: id, Secret: secret, AuthMethod: method, RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"}})
				b := authtest.NewBrowser(t)
				a.signsIn(t, b)
				b.Post(a.URL+"/api/auth/signout", nil)
				a.Auth.Close() // waits for what goes on behind
				if len(a.Provider.Revoked()) == 0 {
					t.Errorf("nothing was revoked; log:\n%s", a.Log)
				}
			})
		}
	}
}

// A code is the provider's to make up as well, and goes back as it came.
func TestCodeOfAnyCharacters(t *testing.T) {
	t.Parallel()
	a := start(t)
	for _, code := range []string{"a+b/c=d%2Be", "4/0AX4XfWh-_ ~", "M.C507_BL2.2.U.1!a$b*c", "é%", strings.Repeat("x", 3000)} {
		var sent atomic.Value
		a.Provider.Handle(authtest.TokenEndpoint, func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent.Store(r.PostFormValue("code"))
				w.WriteHeader(http.StatusBadRequest)
			})
		})
		j := a.begin(t, authtest.NewBrowser(t))
		set("code", code)(j)
		j.goOn()
		if sent.Load() != code {
			t.Errorf("got the code %.40q at the token endpoint, want %.40q", sent.Load(), code)
		}
	}
}
