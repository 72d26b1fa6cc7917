package sealed

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

func TestWeakSecretsAreRefused(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{
		strings.Repeat("a", 32), strings.Repeat("a", 500), strings.Repeat("ab", 16), strings.Repeat("abc", 20),
		strings.Repeat("password1234", 3), strings.Repeat("hunter2-", 8), strings.Repeat("changeme", 4) + "!", strings.Repeat("my-secret-key-", 9),
		"passwordpassword1234passwordpassword", strings.Repeat("a", 31) + "b", strings.Repeat("a", 20) + strings.Repeat("b", 20),
		"0123456789abcdef0123456789abcdef", "0123456789abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz1234567890", "zyxwvutsrqponmlkjihgfedcba9876543210",
		strings.Repeat("1234567890", 4), "aabbccddeeffgghhiijjkkllmmnnooppqq", strings.Repeat("0", 64), strings.Repeat("01", 40),
		strings.Repeat("\x00", 32), strings.Repeat("é", 32),
	} {
		if err := CheckSecret("AUTH_SECRET", secret); err == nil || !strings.Contains(err.Error(), "latchkey secret") || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: got error %v, want it refused, with the remedy and without the secret", secret, err)
		}
	}
}

// Generated secrets are accepted.
func TestRandomSecretsAreAccepted(t *testing.T) {
	t.Parallel()
	random := func(n int) []byte {
		b := make([]byte, n)
		rand.Read(b)
		return b
	}
	uuid := func() string {
		b := random(16)
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	}
	digits := func() string {
		n, _ := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(40), nil))
		return fmt.Sprintf("%040d", n)
	}
	for name, generate := range map[string]func() string{
		"openssl rand -hex 16":       func() string { return hex.EncodeToString(random(16)) },
		"openssl rand -hex 32":       func() string { return hex.EncodeToString(random(32)) },
		"openssl rand -base64 32":    func() string { return base64.StdEncoding.EncodeToString(random(32)) },
		"openssl rand -base64 24":    func() string { return base64.StdEncoding.EncodeToString(random(24)) },
		"base64url":                  func() string { return base64.RawURLEncoding.EncodeToString(random(33)) },
		"two UUIDs":                  func() string { return uuid() + uuid() },
		"two UUIDs without hyphens":  func() string { return strings.ReplaceAll(uuid()+uuid(), "-", "") },
		"one UUID":                   uuid,
		"digits":                     digits,
		"upper case letters and 2-7": rand.Text,
		"bytes":                      func() string { return string(random(32)) },
		"rand.Text twice, in sets":   func() string { return rand.Text() + "-" + rand.Text() },
	} {
		for range 2_000 {
			secret := generate()
			if len(secret) < minSecret {
				secret += generate()
			}
			if err := CheckSecret("AUTH_SECRET", secret); err != nil {
				t.Fatalf("%s: %q: got error %v, want none", name, secret, err)
			}
		}
	}
}
