package auth

import (
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// A key that is too short proves little, and one that is too long takes seconds
// to try: a provider that means harm may publish either.
func TestKeysThatMayVerify(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bits uint
		use  string
		want bool
	}{
		{1024, "sig", false},
		{2048, "sig", true},
		{2048, "", true},
		{2048, "enc", false},
		{8192, "sig", true},
		{65536, "sig", false},
	} {
		modulus := new(big.Int).Lsh(big.NewInt(1), c.bits-1)
		key := &jose.JSONWebKey{Key: &rsa.PublicKey{N: modulus.SetBit(modulus, 0, 1), E: 65537}, Use: c.use}
		if got := fit(key); got != c.want {
			t.Errorf("RSA with %d bits, use %q: got fit %t, want %t", c.bits, c.use, got, c.want)
		}
	}
}
