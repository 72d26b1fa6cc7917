package auth

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// parsePEM reads a private key in any of the forms that openssl writes.
func parsePEM(content []byte) (any, error) {
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, errors.New("is neither PEM nor a JWK")
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	return nil, errors.New("is PEM, but not an unencrypted private key")
}
