package auth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/client"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

// assertionLife is how long a client assertion is valid: it is used at once.
const assertionLife = time.Minute

// authMethod is how we prove to a provider that we are its client (OpenID
// Connect Core section 9). It is never left to be tried out: that posts a code
// twice, and providers revoke on reuse.
func (p *provider) authMethod(m *metadata) oidc.AuthMethod {
	offers := func(method oidc.AuthMethod) bool { return slices.Contains(m.TokenAuthMethods, method) }
	unknown := len(m.TokenAuthMethods) == 0
	switch {
	case p.signer != nil && (unknown || offers(oidc.AuthMethodPrivateKeyJWT) || p.ClientSecret == ""):
		return oidc.AuthMethodPrivateKeyJWT
	case unknown || offers(oidc.AuthMethodBasic):
		return oidc.AuthMethodBasic // the default (Discovery 1.0 section 3)
	case offers(oidc.AuthMethodPost):
		return oidc.AuthMethodPost
	}
	return oidc.AuthMethodBasic
}

// authStyle is authMethod for package oauth2, which makes the token requests.
func authStyle(method oidc.AuthMethod) oauth2.AuthStyle {
	if method == oidc.AuthMethodBasic {
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleInParams
}

// exchangeOptions is what a code exchange needs beside the code.
func (p *provider) exchangeOptions(party *relyingParty, verifier string) ([]rp.CodeExchangeOpt, error) {
	options := []rp.CodeExchangeOpt{rp.WithCodeVerifier(verifier)}
	if p.authMethod(party.metadata) != oidc.AuthMethodPrivateKeyJWT {
		return options, nil
	}
	assertion, err := p.assertion(party)
	return append(options, rp.WithClientAssertionJWT(assertion)), err
}

// assertion is a JWT with which our key signs that it is us (RFC 7523 section
// 3). Its audience is the issuer, and never an endpoint that another provider
// could have named as its own.
func (p *provider) assertion(party *relyingParty) (string, error) {
	return client.SignedJWTProfileAssertion(p.ClientID, []string{party.Issuer}, assertionLife, p.signer)
}

// post sends a form to one of the provider's endpoints, with our client
// authentication.
func (p *provider) post(ctx context.Context, party *relyingParty, endpoint string, form url.Values) (*http.Response, error) {
	method := p.authMethod(party.metadata)
	switch method {
	case oidc.AuthMethodPost:
		form.Set("client_id", p.ClientID)
		form.Set("client_secret", p.ClientSecret)
	case oidc.AuthMethodPrivateKeyJWT:
		assertion, err := p.assertion(party)
		if err != nil {
			return nil, err
		}
		form.Set("client_id", p.ClientID)
		form.Set("client_assertion", assertion)
		form.Set("client_assertion_type", oidc.ClientAssertionTypeJWTAssertion)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", endpoint, err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if method == oidc.AuthMethodBasic {
		r.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret)) // RFC 6749 section 2.3.1
	}
	return p.client.Do(r)
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
