package doctor

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

const redirectURI = "http://localhost:3000/api/auth/callback/asgardeo"

// setUp is a provider, and the configuration that is checked against it.
type setUp struct {
	*authtest.Provider
	config  auth.Provider
	stopped context.Context // with the test
}

func newSetUp(tb testing.TB) *setUp {
	tb.Helper()
	p := authtest.Start(tb)
	p.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{redirectURI}})
	return &setUp{p, auth.Provider{ID: "asgardeo", ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Issuer: p.Issuer()}, tb.Context()}
}

func (s *setUp) check(tb testing.TB) map[string]Check {
	tb.Helper()
	return byName(tb, Provider(tb.Context(), s.config, redirectURI))
}

func byName(tb testing.TB, list []Check) map[string]Check {
	tb.Helper()
	checks := map[string]Check{}
	for _, c := range list {
		if _, double := checks[c.Name]; double {
			tb.Errorf("got two checks named %q", c.Name)
		}
		checks[c.Name] = c
	}
	return checks
}

// edit changes members of the discovery document. Nil removes one.
func edit(members map[string]any) func(*setUp) {
	return func(s *setUp) {
		s.EditDiscovery(func(doc map[string]any) {
			for name, value := range members {
				if doc[name] = value; value == nil {
					delete(doc, name)
				}
			}
		})
	}
}

func answer(e authtest.Endpoint, f authtest.Fault) func(*setUp) {
	return func(s *setUp) { s.Handle(e, f) }
}

func register(c authtest.Client) func(*setUp) {
	return func(s *setUp) {
		c.ID = authtest.ClientID
		s.Register(c)
	}
}

// callbackError makes the provider return to the redirect URI with an error.
func callbackError(code string) func(*setUp) {
	return func(s *setUp) { s.EditCallback(func(q url.Values) { q.Set("error", code) }) }
}

// untrusted replaces the provider by one whose certificate is not trusted.
func untrusted(s *setUp) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	context.AfterFunc(s.stopped, server.Close)
	s.config.Issuer = server.URL
}

// addKey adds a private key to the client secret, and returns the public key.
func addKey(s *setUp) crypto.PublicKey {
	key := authtest.NewKey("ES256")
	der, err := x509.MarshalPKCS8PrivateKey(key.Private)
	if err != nil {
		panic(err)
	}
	s.config.ClientKey = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return key.Public()
}

func unregisteredKey(s *setUp) {
	addKey(s)
	s.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_client"))
}

// date sets the Date header of discovery.
func date(offset time.Duration) func(*setUp) {
	return answer(authtest.DiscoveryEndpoint, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(offset).UTC().Format(http.TimeFormat))
			next.ServeHTTP(w, r)
		})
	})
}

// key is a JWK Set with one key in place of the provider's.
func key(members map[string]any) func(*setUp) {
	return func(s *setUp) { s.EditKeys(func(doc map[string]any) { doc["keys"] = []any{members} }) }
}

// errorPage redirects to an error page on another host, as Asgardeo does.
func errorPage(code string) authtest.Fault {
	return authtest.RedirectTo("https://accounts.asgardeo.invalid/oauth2_error.do?oauthErrorCode=" + code)
}

const html = "text/html; charset=utf-8"
