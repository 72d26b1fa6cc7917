package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"slices"
)

// algorithms are the asymmetric ones that a [Key] signs with.
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}

// Key signs ID tokens and logout tokens.
type Key struct {
	// Algorithm is the alg header (RFC 7518 section 3.1): RS, PS, ES or HS with 256,
	// 384 or 512, or "none".
	Algorithm string
	// KeyID is the kid header. If it is empty, there is no kid.
	KeyID string
	// Private is an [*rsa.PrivateKey], an [*ecdsa.PrivateKey], the bytes of an HS
	// secret, or nil for "none".
	Private any
}

// NewKey makes a key for an asymmetric algorithm, with a random key ID. It panics if
// the algorithm is unknown.
func NewKey(algorithm string) Key {
	k := Key{Algorithm: algorithm, KeyID: rand.Text()}
	curves := map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}
	var err error
	if curve, ok := curves[algorithm]; ok {
		k.Private, err = ecdsa.GenerateKey(curve, rand.Reader)
	} else if slices.Contains(algorithms, algorithm) {
		select {
		case k.Private = <-freeKeys:
		default:
			k.Private, err = rsa.GenerateKey(rand.Reader, 2048)
		}
	} else {
		err = fmt.Errorf("unknown algorithm %q", algorithm)
	}
	if err != nil {
		panic("authtest: NewKey: " + err.Error())
	}
	return k
}

// Public returns the public key, or nil if there is none.
func (k Key) Public() crypto.PublicKey {
	if signer, ok := k.Private.(crypto.Signer); ok {
		return signer.Public()
	}
	return nil
}

// freeKeys are RSA keys of providers that have stopped: making one takes long.
var freeKeys = make(chan *rsa.PrivateKey, 64)
