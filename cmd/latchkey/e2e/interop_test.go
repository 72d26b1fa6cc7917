package e2e

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"latchkey/auth/authtest"
)

// Sign-in, refresh and sign-out work with an independent provider that the
// OpenID Foundation has certified: oidc-provider from npm.
func TestCertifiedProvider(t *testing.T) {
	t.Parallel()
	folder := install(t)
	pemFile, public := newClientKey(t)
	for _, c := range []struct {
		name     string
		client   map[string]any
		features map[string]any
		env      map[string]string
	}{
		{"client_secret_basic", map[string]any{"client_secret": authtest.ClientSecret}, nil, nil},
		{
			"private_key_jwt and pushed authorization requests",
			map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks": map[string]any{"keys": []any{public}}},
			map[string]any{"pushedAuthorizationRequests": map[string]any{"enabled": true, "requirePushedAuthorizationRequests": true}},
			map[string]string{"AUTH_ASGARDEO_SECRET": "", "AUTH_ASGARDEO_KEY_FILE": pemFile},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProgram(t)
			client := map[string]any{
				"client_id":                           authtest.ClientID,
				"redirect_uris":                       []string{p.URL + "/api/auth/callback/asgardeo"},
				"post_logout_redirect_uris":           []string{p.URL + "/api/auth/callback/asgardeo"},
				"backchannel_logout_uri":              p.URL + "/api/auth/backchannel-logout/asgardeo",
				"backchannel_logout_session_required": true,
				"grant_types":                         []string{"authorization_code", "refresh_token"},
			}
			maps.Copy(client, c.client)
			i := &interop{program: p, provider: startCertified(t, folder, client, c.features)}
			maps.Copy(p.Env, c.env)
			p.Env["AUTH_ASGARDEO_ISSUER"] = i.provider.Issuer
			p.start(t)

			i.twoTabs(t)
			b := authtest.NewBrowser(t)
			i.signIn(t, b)
			i.refreshTwice(t, b)
			i.signOut(t, b)
			i.backChannelLogout(t)
			if said := i.provider.Log.String(); strings.Contains(said, "error") {
				t.Errorf("the provider logs errors:\n%s", said)
			}
		})
	}
}

func newClientKey(tb testing.TB) (pemFile string, public jose.JSONWebKey) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	pemFile = filepath.Join(tb.TempDir(), "key.pem")
	if err := os.WriteFile(pemFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		tb.Fatal(err)
	}
	public = jose.JSONWebKey{Key: key.Public(), Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		tb.Fatal(err)
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint) // the kid of our assertions (RFC 7638)
	return pemFile, public
}
