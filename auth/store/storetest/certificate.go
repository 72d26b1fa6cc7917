package storetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Certificate is the certificate of a server at 127.0.0.1, as paths of PEM files.
type Certificate struct {
	Authority string // the private authority that has signed it
	Chain     string
	Key       string
}

// NewCertificate creates an authority and a certificate signed by it.
func NewCertificate(tb testing.TB) Certificate {
	tb.Helper()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority for tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "a server for tests"},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	authorityKey, serverKey := newKey(tb), newKey(tb)
	private, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		tb.Fatal(err)
	}
	folder := Folder(tb)
	own(tb, folder)
	tb.Cleanup(func() { os.RemoveAll(folder) })
	return Certificate{
		Authority: writePEM(tb, folder, "authority.pem", "CERTIFICATE", signed(tb, authority, authority, authorityKey, authorityKey)),
		Chain:     writePEM(tb, folder, "chain.pem", "CERTIFICATE", signed(tb, server, authority, serverKey, authorityKey)),
		Key:       writePEM(tb, folder, "key.pem", "PRIVATE KEY", private),
	}
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func signed(tb testing.TB, c, by *x509.Certificate, key, byKey *ecdsa.PrivateKey) []byte {
	tb.Helper()
	certificate, err := x509.CreateCertificate(rand.Reader, c, by, key.Public(), byKey)
	if err != nil {
		tb.Fatal(err)
	}
	return certificate
}

// writePEM writes a file that only the server can read, which Postgres requires for a
// key.
func writePEM(tb testing.TB, folder, name, kind string, content []byte) (path string) {
	tb.Helper()
	path = filepath.Join(folder, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		tb.Fatal(err)
	}
	own(tb, path)
	return path
}
