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

// loadKey reads the signing key, or makes one that only its owner may read. With the
// same key after a restart, ID tokens from before it are still known.
func loadKey(path string) (authtest.Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(path)
	}
	if err != nil {
		return authtest.Key{}, fmt.Errorf("the signing key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return authtest.Key{}, fmt.Errorf("%s holds no key: delete it, and a new one is made", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		return authtest.Key{}, fmt.Errorf("%s holds no RSA key: delete it, and a new one is made", path)
	}
	return signingKey(private), nil
}

func makeKey(path string) (authtest.Key, error) {
	private := authtest.NewKey("RS256").Private.(*rsa.PrivateKey)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return authtest.Key{}, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return authtest.Key{}, fmt.Errorf("the signing key cannot be kept: %w", err)
	}
	return signingKey(private), nil
}

// signingKey names the key by its public half, so that the kid survives as well.
func signingKey(private *rsa.PrivateKey) authtest.Key {
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(&private.PublicKey))
	return authtest.Key{Algorithm: "RS256", KeyID: base64.RawURLEncoding.EncodeToString(sum[:12]), Private: private}
}
