package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // RS256, ES256, PS256, HS256
	_ "crypto/sha512" // their longer kin
	"encoding/base64"
	"encoding/json"
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

// Sign returns a JWS in compact serialization (RFC 7515, section 7.1). Header
// parameters given here win over alg and kid of the key, and a nil value leaves
// one out. The payload is signed as it stands, so that it may be anything at all.
// Sign panics when the private key does not fit the algorithm.
func (k Key) Sign(header map[string]any, payload []byte) string {
	head, err := json.Marshal(k.header(header))
	if err != nil {
		panic("authtest: Sign: " + err.Error())
	}
	input := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(payload)
	signature, err := k.signature([]byte(input))
	if err != nil {
		panic("authtest: Sign: " + err.Error())
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func (k Key) header(edited map[string]any) map[string]any {
	header := map[string]any{"alg": k.Algorithm}
	if k.KeyID != "" {
		header["kid"] = k.KeyID
	}
	for name, value := range edited {
		header[name] = value
		if value == nil {
			delete(header, name)
		}
	}
	return header
}

func (k Key) signature(input []byte) ([]byte, error) {
	if k.Algorithm == "none" {
		return nil, nil
	}
	hash := k.hash()
	digest := hash.New()
	digest.Write(input)
	switch key := k.Private.(type) {
	case []byte:
		mac := hmac.New(hash.New, key)
		mac.Write(input)
		return mac.Sum(nil), nil
	case *ecdsa.PrivateKey:
		return signECDSA(key, digest.Sum(nil))
	case *rsa.PrivateKey:
		return key.Sign(rand.Reader, digest.Sum(nil), k.padding(hash))
	}
	return nil, fmt.Errorf("no key of type %T for %s", k.Private, k.Algorithm)
}

func (k Key) hash() crypto.Hash {
	switch k.Algorithm[2:] {
	case "384":
		return crypto.SHA384
	case "512":
		return crypto.SHA512
	}
	return crypto.SHA256
}

// halfHash makes an at_hash (OpenID Connect Core, section 3.1.3.6).
func (k Key) halfHash(token string) string {
	digest := k.hash().New()
	digest.Write([]byte(token))
	sum := digest.Sum(nil)
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

func (k Key) padding(hash crypto.Hash) crypto.SignerOpts {
	if k.Algorithm[:2] == "PS" {
		return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
	}
	return hash
}

// signECDSA returns r and s side by side (RFC 7518, section 3.4), not in ASN.1.
func signECDSA(key *ecdsa.PrivateKey, digest []byte) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, key, digest)
	if err != nil {
		return nil, err
	}
	size := (key.Params().BitSize + 7) / 8
	signature := make([]byte, 2*size)
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return signature, nil
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
