package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384 and crypto.SHA512
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// Sign returns a JWS in compact serialization (RFC 7515 section 7.1) of any payload.
// The header parameters are added to alg and kid of the key, or replace them; a nil
// value removes one. Sign panics if the private key does not fit the algorithm.
func (k Key) Sign(header map[string]any, payload []byte) string {
	complete := k.header()
	maps.Copy(complete, header)
	maps.DeleteFunc(complete, func(_ string, value any) bool { return value == nil })
	return k.compact(complete, payload)
}

func (k Key) header() map[string]any {
	header := map[string]any{"alg": k.Algorithm}
	if k.KeyID != "" {
		header["kid"] = k.KeyID
	}
	return header
}

func (k Key) compact(header map[string]any, payload []byte) string {
	encode := base64.RawURLEncoding.EncodeToString
	input := encode(mustJSON(header)) + "." + encode(payload)
	signature, err := k.signature([]byte(input))
	if err != nil {
		panic("authtest: Sign: " + err.Error())
	}
	return input + "." + encode(signature)
}

func (k Key) signature(input []byte) ([]byte, error) {
	if k.Algorithm == "none" {
		return nil, nil
	}
	hash := k.hash()
	h := hash.New()
	h.Write(input)
	digest := h.Sum(nil)
	switch key := k.Private.(type) {
	case []byte:
		mac := hmac.New(hash.New, key)
		mac.Write(input)
		return mac.Sum(nil), nil
	case *ecdsa.PrivateKey:
		return signECDSA(key, digest)
	case *rsa.PrivateKey:
		if strings.HasPrefix(k.Algorithm, "PS") {
			return key.Sign(rand.Reader, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash})
		}
		return key.Sign(rand.Reader, digest, hash)
	}
	return nil, fmt.Errorf("no key of type %T for %s", k.Private, k.Algorithm)
}

func (k Key) hash() crypto.Hash {
	hashes := map[string]crypto.Hash{"384": crypto.SHA384, "512": crypto.SHA512}
	if hash, ok := hashes[k.Algorithm[2:]]; ok {
		return hash
	}
	return crypto.SHA256
}

// signECDSA returns r and s side by side (RFC 7518 section 3.4), not in ASN.1.
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

// decodePayload returns the claims of a JWT without verifying it. A malformed one has
// no claims.
func decodePayload(token string) map[string]any {
	claims := map[string]any{}
	if parts := strings.Split(token, "."); len(parts) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(payload, &claims)
	}
	return claims
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("authtest: " + err.Error())
	}
	return b
}
