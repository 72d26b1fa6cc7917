package oidc

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
)

// parsePEM reads the first private key of a file, in any of the forms that
// openssl writes. Parameters and certificates may stand beside it.
func parsePEM(content []byte) (any, error) {
	problem := errors.New("is neither PEM nor a JWK")
	for {
		var block *pem.Block
		if block, content = pem.Decode(content); block == nil {
			return nil, problem
		}
		switch {
		case strings.Contains(block.Type, "ENCRYPTED") || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
			return nil, errors.New("is encrypted. Write it without a password, with `openssl pkey -in KEY -out KEY_FILE`, or make another")
		case block.Type == "RSA PRIVATE KEY":
			return x509.ParsePKCS1PrivateKey(block.Bytes)
		case block.Type == "EC PRIVATE KEY":
			return x509.ParseECPrivateKey(block.Bytes)
		case block.Type == "PRIVATE KEY":
			return x509.ParsePKCS8PrivateKey(block.Bytes)
		case block.Type == "OPENSSH PRIVATE KEY":
			return nil, errors.New("is in OpenSSH's form. Write it as PEM, with `ssh-keygen -p -m PKCS8 -f KEY_FILE`, or make another")
		case block.Type == "CERTIFICATE":
			problem = errors.New("holds a certificate, and no private key")
		case strings.HasSuffix(block.Type, "PUBLIC KEY"):
			problem = errors.New("holds a public key, and no private key")
		default:
			problem = errors.New("is PEM without a private key")
		}
	}
}
