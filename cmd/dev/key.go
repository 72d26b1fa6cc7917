package main

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"latchkey/auth/authtest"
)

// loadKey reads the signing key, or creates one that only its owner may read.
// With the same key after a restart, earlier ID tokens still verify.
func loadKey(path string) (authtest.Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createKey(path)
	}
	if err != nil {
		return authtest.Key{}, fmt.Errorf("cannot read the signing key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return authtest.Key{}, fmt.Errorf("%s contains no key: delete it, and the next start creates one", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		return authtest.Key{}, fmt.Errorf("%s contains no RSA key: delete it, and the next start creates one", path)
	}
	return signingKey(private), nil
}

func createKey(path string) (authtest.Key, error) {
	private := authtest.NewKey("RS256").Private.(*rsa.PrivateKey)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return authtest.Key{}, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return authtest.Key{}, fmt.Errorf("cannot save the signing key: %w", err)
	}
	return signingKey(private), nil
}

// signingKey derives the key ID from the public key, so that it survives a restart.
func signingKey(private *rsa.PrivateKey) authtest.Key {
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(&private.PublicKey))
	return authtest.Key{Algorithm: "RS256", KeyID: base64.RawURLEncoding.EncodeToString(sum[:12]), Private: private}
}
