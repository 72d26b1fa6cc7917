package oidc

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// This file explains what the operator must change at the provider if its tokens are of an
// unsupported kind. Of the token itself, it shows only the name of a known algorithm.

// notJWT returns the error for a token that is not a signed JWT.
func notJWT(raw string) error {
	const what = "the token is not a JWT"
	switch {
	case raw == "":
		return errors.New(what + ": there is none. The provider has to grant this client the scope openid")
	case strings.Count(raw, ".") == 4: // RFC 7516 section 3.1
		return errors.New(what + " that is only signed, but an encrypted one (JWE). Switch the encryption of tokens off for this client at the provider")
	}
	return errors.New(what)
}

func (party *relyingParty) explain(err error, raw string) error {
	if !errors.Is(err, oidc.ErrSignatureUnsupportedAlg) {
		return err
	}
	return fmt.Errorf("%w: the token is signed with %s; accepted algorithms: %s. Choose one of these for this client's tokens at the provider (some ask for a signing key instead)",
		err, nameOfAlgorithm(raw), strings.Join(party.algorithms(), ", "))
}

// symmetricAlgorithms sign with the client secret, which this app has too.
var symmetricAlgorithms = []string{"HS256", "HS384", "HS512"}

// nameOfAlgorithm returns the algorithm of an unverified token, if it is a known one.
func nameOfAlgorithm(raw string) string {
	algorithm := headerOf(raw).Text("alg")
	if IsSupportedAlgorithm(algorithm) || slices.Contains(symmetricAlgorithms, algorithm) {
		return algorithm
	}
	return "another algorithm"
}

// headerOf returns the header of a token, which is not verified.
func headerOf(raw string) (header Claims) {
	encoded, _, _ := strings.Cut(raw, ".")
	decoded, _ := base64.RawURLEncoding.DecodeString(encoded)
	json.Unmarshal(decoded, &header) // a token that does not decode has none
	return header
}
