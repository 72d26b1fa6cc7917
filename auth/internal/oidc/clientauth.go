package oidc

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/client"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// assertionLife is how long a client assertion is valid. It is used at once.
const assertionLife = time.Minute

// authMethods are the supported methods of client authentication.
const authMethods = "client_secret_basic, client_secret_post or private_key_jwt"

// authMethod returns the method of client authentication (Core section 9). Trying several
// would send a code twice, and providers revoke tokens for that.
func (p *Provider) authMethod(m metadata) oidc.AuthMethod {
	methods := m.Names("token_endpoint_auth_methods_supported")
	offers := func(method oidc.AuthMethod) bool { return slices.Contains(methods, string(method)) }
	unknown := len(methods) == 0
	switch {
	case p.AuthMethod != "":
		return oidc.AuthMethod(p.AuthMethod) // set by the operator
	case p.signer != nil && (unknown || offers(oidc.AuthMethodPrivateKeyJWT) || p.ClientSecret == ""):
		return oidc.AuthMethodPrivateKeyJWT
	case offers(oidc.AuthMethodPost) && !offers(oidc.AuthMethodBasic):
		return oidc.AuthMethodPost
	}
	return oidc.AuthMethodBasic // the default (Discovery 1.0 section 3)
}

// authenticate adds client authentication to a form, for the methods that belong there.
func (p *Provider) authenticate(method oidc.AuthMethod, party *relyingParty, form url.Values) error {
	switch method {
	case oidc.AuthMethodPost:
		form.Set("client_id", p.ClientID)
		form.Set("client_secret", p.ClientSecret)
	case oidc.AuthMethodPrivateKeyJWT:
		// RFC 7523 section 3: the audience is the issuer, never an endpoint that another
		// provider could name as its own.
		assertion, err := client.SignedJWTProfileAssertion(p.ClientID, []string{party.Text("issuer")}, assertionLife, p.signer)
		if err != nil {
			return err
		}
		form.Set("client_id", p.ClientID)
		form.Set("client_assertion", assertion)
		form.Set("client_assertion_type", oidc.ClientAssertionTypeJWTAssertion)
	}
	return nil
}

// clientRefused returns an error that says how we authenticated, because a provider may
// accept only one method per client, and what to try instead.
func (p *Provider) clientRefused(party *relyingParty, answer *formResponse) error {
	method := p.authMethod(party.metadata)
	what, remedy := p.Credentials(string(method))
	return p.errorf(Misconfigured, "%s: our %s are not accepted (%d %s): we authenticated by %s. %s; if they are right, set %s to the method that the provider has for this client (%s)",
		answer.endpoint, what, answer.status, answer.description, method, remedy, p.Variable("AUTH_METHOD"), authMethods)
}

// Credentials names what a method of client authentication uses, and says how to correct it.
func (c *Config) Credentials(method string) (what, remedy string) {
	if method == string(oidc.AuthMethodPrivateKeyJWT) {
		return "client ID and key", fmt.Sprintf("Set %s to the client ID that the provider shows, and register the public key of %s there", c.Variable("ID"), c.Variable("KEY_FILE"))
	}
	return "client ID and secret", fmt.Sprintf("Set %s and %s to those that the provider shows", c.Variable("ID"), c.Variable("SECRET"))
}

// checkAuthMethod checks that a configured method is known and has what it needs.
func (c *Config) checkAuthMethod() error {
	method := oidc.AuthMethod(c.AuthMethod)
	switch {
	case method == "":
		return nil
	case method != oidc.AuthMethodBasic && method != oidc.AuthMethodPost && method != oidc.AuthMethodPrivateKeyJWT:
		return fmt.Errorf("%s: %q is no method of client authentication here. Set %s, or leave it out", c.Variable("AUTH_METHOD"), c.AuthMethod, authMethods)
	case method == oidc.AuthMethodPrivateKeyJWT && c.ClientKey == nil:
		return fmt.Errorf("%s: private_key_jwt needs a private key. Set %s", c.Variable("AUTH_METHOD"), c.Variable("KEY_FILE"))
	case method != oidc.AuthMethodPrivateKeyJWT && c.ClientSecret == "":
		return fmt.Errorf("%s: %s needs the client secret. Set %s", c.Variable("AUTH_METHOD"), method, c.Variable("SECRET"))
	}
	return nil
}

// newSigner returns a signer of client assertions from a private key: PEM, or a JWK, which
// may have a kid. Otherwise the kid is the key's thumbprint (RFC 7638), which is also
// that of a JWK made from the public key.
func newSigner(key []byte) (jose.Signer, error) {
	jwk, err := parseKey(key)
	if err != nil {
		return nil, err
	}
	algorithm, err := algorithmOf(jwk)
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

// algorithmOf returns the algorithm that a key is for (RFC 7517 section 4.4), or the usual
// one of its type.
func algorithmOf(key jose.JSONWebKey) (jose.SignatureAlgorithm, error) {
	usual := jose.ES256
	if _, isRSA := key.Key.(*rsa.PrivateKey); isRSA {
		usual = jose.RS256
	}
	algorithm := cmp.Or(key.Algorithm, string(usual))
	if !matchesAlgorithm(key.Public().Key, algorithm) {
		return "", errors.New("is neither an RSA key nor a P-256 one, or its alg does not fit it")
	}
	return jose.SignatureAlgorithm(algorithm), nil
}

// parsePEM returns the first private key of a file, in any form that openssl writes.
// Parameters and certificates in the same file are skipped.
func parsePEM(content []byte) (any, error) {
	problem := errors.New("is neither PEM nor a JWK")
	for {
		var block *pem.Block
		if block, content = pem.Decode(content); block == nil {
			return nil, problem
		}
		switch {
		case strings.Contains(block.Type, "ENCRYPTED") || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
			return nil, errors.New("is encrypted. Write it without a password, with `openssl pkey -in KEY -out KEY_FILE`, or make another")
		case block.Type == "RSA PRIVATE KEY":
			return x509.ParsePKCS1PrivateKey(block.Bytes)
		case block.Type == "EC PRIVATE KEY":
			return x509.ParseECPrivateKey(block.Bytes)
		case block.Type == "PRIVATE KEY":
			return x509.ParsePKCS8PrivateKey(block.Bytes)
		case block.Type == "OPENSSH PRIVATE KEY":
			return nil, errors.New("is in OpenSSH's form. Write it as PEM, with `ssh-keygen -p -m PKCS8 -f KEY_FILE`, or make another")
		default:
			problem = fmt.Errorf("holds a %s, and no private key", strings.ToLower(block.Type))
		}
	}
}
