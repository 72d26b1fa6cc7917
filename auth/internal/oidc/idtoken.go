package oidc

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

const (
	// ExpiryLeeway is how long after exp a token is accepted, because clocks differ.
	ExpiryLeeway = time.Minute
	// IssuedLeeway is how far iat of a new token may be from now. A larger difference
	// means that a clock is wrong.
	IssuedLeeway = 2 * time.Minute
	// MaxToken is the longest token that is read, in bytes.
	MaxToken = 64 << 10
)

// idTokenAlgorithms sign with a private key. "none" does not sign, and HS256 signs with a
// secret that is not the provider's alone.
var idTokenAlgorithms = []string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA"}

// algorithms returns the algorithms that a provider's tokens may be signed with: those
// that it advertises and we accept.
func (m metadata) algorithms() []string {
	accepted := slices.DeleteFunc(m.Names("id_token_signing_alg_values_supported"), func(name string) bool { return !IsSupportedAlgorithm(name) })
	if len(accepted) == 0 {
		return []string{"RS256"} // the default (Core 3.1.3.7 step 7)
	}
	return accepted
}

func IsSupportedAlgorithm(name string) bool { return slices.Contains(idTokenAlgorithms, name) }

// verifyIDToken verifies an ID token from the token endpoint (Core 3.1.3.7 and 3.1.3.8),
// and returns its claims.
//
// zitadel's VerifyIDToken cannot be used: its one offset for clocks loosens iat and
// tightens exp by the same amount, and its claims type rejects the whole sign-in for an
// odd value of a claim that nothing depends on.
func (p *Provider) verifyIDToken(ctx context.Context, party *relyingParty, raw, nonce, accessToken string) (Claims, error) {
	t, err := p.parseToken(raw)
	if err != nil {
		return nil, err
	}
	if err := party.verify(ctx, &t, party.keys); err != nil {
		return nil, err
	}
	_, hasHash := t.Claims["at_hash"]
	err = cmp.Or(
		require(t.Text("sub") != "" && len(t.Text("sub")) <= 255, "sub"), // Core section 2
		require(t.Text("nonce") == nonce, "nonce"),                       // step 11
		p.checkTimes(t.Claims),                                           // steps 9 and 10
		require(!hasHash || t.Text("at_hash") != "", "at_hash"),
		rp.VerifyAccessToken(accessToken, t.Text("at_hash"), t.algorithm), // 3.1.3.8
	)
	if err != nil {
		return nil, err
	}
	traceFrom(ctx).VerifiedIDToken(string(t.algorithm), t.Claims)
	return t.Claims, nil
}

// compact is JWS Compact Serialization (RFC 7515 section 7.1), the only one for a JWT
// (RFC 7519 section 1). Libraries also read the JSON serialization, and ignore white
// space: two readers could see different claims in the same token.
var compact = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$`)

// token is a JWT that is parsed, but not verified.
type token struct {
	raw       string
	payload   []byte
	algorithm jose.SignatureAlgorithm // set by oidc.CheckSignature
	Claims
}

func (t *token) SetSignatureAlgorithm(algorithm jose.SignatureAlgorithm) { t.algorithm = algorithm }

// parseToken parses a token and checks that it is meant for us. It makes no request: a
// token for another audience causes no network traffic.
func (p *Provider) parseToken(raw string) (token, error) {
	if len(raw) > MaxToken {
		return token{}, fmt.Errorf("the token is longer than %d bytes", MaxToken)
	}
	if !compact.MatchString(raw) {
		return token{}, notJWT(raw)
	}
	t := token{raw: raw}
	var err error
	if t.payload, err = oidc.ParseToken(raw, &t.Claims); err != nil {
		return token{}, notJWT(raw)
	}
	audience, wellFormed := t.List("aud")
	azp, hasAZP := t.Claims["azp"]
	return t, cmp.Or(
		uniqueMembers(t.payload),
		require(wellFormed && slices.Contains(audience, p.ClientID), "aud"),       // step 3
		require((!hasAZP && len(audience) <= 1) || azp == any(p.ClientID), "azp"), // steps 4 and 5
	)
}

// verify checks a token's issuer and then its signature. Before that, its claims cannot
// be trusted.
func (party *relyingParty) verify(ctx context.Context, t *token, keys oidc.KeySet) error {
	if err := require(t.Text("iss") == party.Text("issuer"), "iss"); err != nil { // step 2
		return err
	}
	err := oidc.CheckSignature(ctx, t.raw, t.payload, t, party.algorithms(), keys) // steps 6 to 8
	return party.explain(err, t.raw)
}

// checkTimes checks exp, iat and nbf of a token that was just issued. If one of them is
// wrong, a clock is.
func (p *Provider) checkTimes(c Claims) error {
	now := p.Now()
	expires, hasExpires := c.Time("exp")
	issued, hasIssued := c.Time("iat")
	notBefore, hasNotBefore := c.Time("nbf")
	_, saysNotBefore := c["nbf"]
	switch {
	case !hasExpires || !hasIssued || hasNotBefore != saysNotBefore:
		return errors.New("exp or iat is missing or not a time, or nbf is not one")
	case now.After(expires.Add(ExpiryLeeway)):
		return p.clock("it expired", expires)
	case issued.Sub(now).Abs() > IssuedLeeway:
		return p.clock("it was issued", issued)
	case hasNotBefore && notBefore.Sub(now) > IssuedLeeway:
		return p.clock("it is valid from", notBefore)
	}
	return nil
}

func (p *Provider) clock(what string, when time.Time) error {
	return p.errorf(ClockSkew, "the token is new, and yet %s at %s, while our clock says %s: one of the two clocks is wrong",
		what, when.UTC().Format(time.RFC3339), p.Now().UTC().Format(time.RFC3339))
}

// require returns an error that names a claim, unless it is valid. Its value may
// be secret, and is left out.
func require(valid bool, claim string) error {
	if valid {
		return nil
	}
	return fmt.Errorf("the token's %s is invalid", claim)
}

// uniqueMembers returns an error if a claim is named twice (RFC 7519 section 4): two
// readers could see different ones.
func uniqueMembers(payload []byte) error {
	d := json.NewDecoder(bytes.NewReader(payload))
	if opening, err := d.Token(); err != nil || opening != json.Delim('{') {
		return errors.New("the token holds no object")
	}
	seen := map[string]bool{}
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return errors.New("the token's object is broken")
		}
		if seen[name.(string)] {
			return errors.New("the token names a claim twice")
		}
		seen[name.(string)] = true
	}
	return nil
}

// sameSignIn compares a refreshed ID token with the one that it replaces (Core
// 12.2). Their aud and iss are verified.
func sameSignIn(old string, refreshed Claims) error {
	var before Claims
	if _, err := oidc.ParseToken(old, &before); err != nil {
		return errors.New("the old ID token cannot be read")
	}
	authTime, hasAuthTime := refreshed.Time("auth_time")
	oldAuthTime, hadAuthTime := before.Time("auth_time")
	nonce, oldNonce := refreshed.Text("nonce"), before.Text("nonce")
	return cmp.Or(
		require(refreshed.Text("iss") == before.Text("iss"), "iss"),
		require(refreshed.Text("sub") == before.Text("sub"), "sub"),
		require(!hasAuthTime || !hadAuthTime || authTime.Equal(oldAuthTime), "auth_time"),
		require(nonce == "" || oldNonce == "" || nonce == oldNonce, "nonce"),
	)
}
