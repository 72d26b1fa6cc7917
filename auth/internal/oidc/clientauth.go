package oidc

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// assertionLife is how long a client assertion is valid: it is used at once.
const assertionLife = time.Minute

// authMethod is how we prove to a provider that we are its client (OpenID
// Connect Core section 9). It is never left to be tried out: that posts a code
// twice, and providers revoke on reuse.
func (p *Provider) authMethod(m *metadata) oidc.AuthMethod {
	offers := func(method oidc.AuthMethod) bool { return slices.Contains(m.TokenAuthMethods, method) }
	unknown := len(m.TokenAuthMethods) == 0
	switch {
	case p.AuthMethod != "":
		return oidc.AuthMethod(p.AuthMethod) // the operator knows
	case p.signer != nil && (unknown || offers(oidc.AuthMethodPrivateKeyJWT) || p.ClientSecret == ""):
		return oidc.AuthMethodPrivateKeyJWT
	case unknown || offers(oidc.AuthMethodBasic):
		return oidc.AuthMethodBasic // the default (Discovery 1.0 section 3)
	case offers(oidc.AuthMethodPost):
		return oidc.AuthMethodPost
	}
	return oidc.AuthMethodBasic
}

// assertion is a JWT with which our key signs that it is us (RFC 7523 section
// 3). Its audience is the issuer, and never an endpoint that another provider
// could have named as its own.
func (p *Provider) assertion(party *relyingParty) (string, error) {
	return signAssertion(p.ClientID, party.Issuer, p.signer)
}

// authenticate adds our client authentication to a form, where it belongs there.
func (p *Provider) authenticate(method oidc.AuthMethod, party *relyingParty, form url.Values) error {
	switch method {
	case oidc.AuthMethodPost:
		form.Set("client_id", p.ClientID)
		form.Set("client_secret", p.ClientSecret)
	case oidc.AuthMethodPrivateKeyJWT:
		assertion, err := p.assertion(party)
		if err != nil {
			return err
		}
		form.Set("client_id", p.ClientID)
		form.Set("client_assertion", assertion)
		form.Set("client_assertion_type", oidc.ClientAssertionTypeJWTAssertion)
	}
	return nil
}

// clientRefused says how we authenticated, since a provider may take only one
// method from each client, and what to try.
func (p *Provider) clientRefused(party *relyingParty, answer *formResponse) error {
	method := p.authMethod(party.metadata)
	return p.errorf(Misconfigured, "%s: our client ID and secret are not accepted (%d %s): we authenticated by %s. "+
		"Set %s and %s to those that the provider shows; if they are right, set %s to the method that the provider has for this client (%s)",
		answer.endpoint, answer.status, answer.description, method, p.Variable("ID"), p.Variable("SECRET"), p.Variable("AUTH_METHOD"), otherMethods(method))
}

// checkAuthMethod checks that the method which is set is one that we have, and
// that there is what it needs.
func (c *Config) checkAuthMethod() error {
	method := oidc.AuthMethod(c.AuthMethod)
	switch {
	case method == "":
		return nil
	case !slices.Contains(authMethods, method):
		return fmt.Errorf("%s: %q is no method of client authentication here. Set client_secret_basic, client_secret_post or private_key_jwt, or leave it out", c.Variable("AUTH_METHOD"), c.AuthMethod)
	case method == oidc.AuthMethodPrivateKeyJWT && c.ClientKey == nil:
		return fmt.Errorf("%s: private_key_jwt needs a private key. Set %s", c.Variable("AUTH_METHOD"), c.Variable("KEY_FILE"))
	case method != oidc.AuthMethodPrivateKeyJWT && c.ClientSecret == "":
		return fmt.Errorf("%s: %s needs the client secret. Set %s", c.Variable("AUTH_METHOD"), method, c.Variable("SECRET"))
	}
	return nil
}

// authMethods are the methods of client authentication that we have.
var authMethods = []oidc.AuthMethod{oidc.AuthMethodBasic, oidc.AuthMethodPost, oidc.AuthMethodPrivateKeyJWT}

// otherMethods names the methods there are beside one.
func otherMethods(used oidc.AuthMethod) string {
	var names []string
	for _, method := range authMethods {
		if method != used {
			names = append(names, string(method))
		}
	}
	return strings.Join(names, " or ")
}

// newSigner returns what signs client assertions with a private key: PEM, or a
// JWK, which may name its kid. Without one, the kid is the key's thumbprint
// (RFC 7638), which is also that of a JWK made from its public half.
func newSigner(key []byte) (jose.Signer, error) {
	jwk, err := parseKey(key)
	if err != nil {
		return nil, err
	}
	algorithm, err := algorithmOf(jwk.Key)
	if err != nil {
		return nil, err
	}
	if jwk.KeyID == "" {
		thumbprint, err := jwk.Thumbprint(crypto.SHA256)
		if err != nil {
			return nil, err
		}
		jwk.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	}
	return jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jwk}, (&jose.SignerOptions{}).WithType("JWT"))
}

func parseKey(key []byte) (jose.JSONWebKey, error) {
	var jwk jose.JSONWebKey
	if bytes.HasPrefix(bytes.TrimSpace(key), []byte("{")) {
		if err := json.Unmarshal(key, &jwk); err != nil || jwk.IsPublic() || !jwk.Valid() {
			return jwk, errors.New("is not a private key as a JWK")
		}
		return jwk, nil
	}
	private, err := parsePEM(key)
	return jose.JSONWebKey{Key: private}, err
}

func algorithmOf(key any) (jose.SignatureAlgorithm, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return jose.RS256, nil
	case *ecdsa.PrivateKey:
		if k.Curve.Params().BitSize == 256 {
			return jose.ES256, nil
		}
	}
	return "", errors.New("is neither an RSA key nor a P-256 one")
}
