package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"slices"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// algorithms are the asymmetric ones that a [Key] signs with.
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}

// Key signs ID tokens and logout tokens.
type Key struct {
	// Algorithm is the alg header (RFC 7518, section 3.1): RS, PS, ES or HS with 256,
	// 384 or 512, or "none".
	Algorithm string
	// KeyID is the kid header; where it is empty there is no such header.
	KeyID string
	// Private is an [*rsa.PrivateKey], an [*ecdsa.PrivateKey], the bytes of an HS
	// secret, or nil for "none".
	Private any
}

// NewKey makes a key for an asymmetric algorithm, with a random kid. It panics
// where it knows no such algorithm.
func NewKey(algorithm string) Key {
	k := Key{Algorithm: algorithm, KeyID: rand.Text()}
	var err error
	switch {
	case algorithm == "ES256":
		k.Private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case algorithm == "ES384":
		k.Private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case algorithm == "ES512":
		k.Private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case slices.Contains(algorithms, algorithm): // what is left is RSA
		k.Private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		err = fmt.Errorf("unknown algorithm %q", algorithm)
	}
	if err != nil {
		panic("authtest: NewKey: " + err.Error())
	}
	return k
}

// Public returns the public half, or nil where there is none.
func (k Key) Public() crypto.PublicKey {
	if signer, ok := k.Private.(crypto.Signer); ok {
		return signer.Public()
	}
	return nil
}

// jwk returns the public half as the JWKS document shows it.
func (k Key) jwk() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.Public(), KeyID: k.KeyID, Algorithm: k.Algorithm, Use: "sig"}
}

var sharedKey = sync.OnceValue(func() Key { return NewKey("RS256") })

// ownKey is the shared key under a kid of its own.
func ownKey() Key {
	k := sharedKey()
	k.KeyID = rand.Text()
	return k
}
