package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // RS256, ES256, PS256, HS256
	_ "crypto/sha512" // their longer kin
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

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

// decodePayload returns the claims of a JWT without looking at its signature, and
// an empty map where there are none.
func decodePayload(token string) map[string]any {
	claims := map[string]any{}
	if parts := strings.Split(token, "."); len(parts) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(payload, &claims) // not JSON: no claims
	}
	return claims
}

func (k Key) signJSON(header, claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic("authtest: " + err.Error())
	}
	// The header is complete: what an edit removed must not come back from the key.
	for _, name := range []string{"alg", "kid"} {
		if _, ok := header[name]; !ok {
			header[name] = nil
		}
	}
	return k.Sign(header, payload)
}
