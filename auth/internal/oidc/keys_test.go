package oidc

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"latchkey/auth/authtest"
)

// modulus returns a random number of this many bits. Verification with it takes as long as
// with that of a real key.
func modulus(tb testing.TB, bits uint) *big.Int {
	tb.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), bits-1))
	if err != nil {
		tb.Fatal(err)
	}
	return n.SetBit(n.SetBit(n, int(bits)-1, 1), 0, 1)
}

// A key that is too short can be broken, and one that is too long takes long to verify with.
func TestKeysUsableForVerification(t *testing.T) {
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
		{4096, "sig", true},
		{4104, "sig", false},
		{8192, "sig", false},
		{65536, "sig", false},
	} {
		key := jose.JSONWebKey{Key: &rsa.PublicKey{N: modulus(t, c.bits), E: 65537}, Use: c.use}
		if got := usable(&key); got != c.want {
			t.Errorf("RSA with %d bits, use %q: got fit %t, want %t", c.bits, c.use, got, c.want)
		}
		if got := len(fetchedKeys(t, key).keys) == 1; got != c.want {
			t.Errorf("RSA with %d bits, use %q: got published %t, want %t", c.bits, c.use, got, c.want)
		}
	}
}

// fetchedKeys returns what is known of a provider that publishes these keys, and
// has just been asked for them.
func fetchedKeys(tb testing.TB, published ...jose.JSONWebKey) *keySet {
	tb.Helper()
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: published})
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(raw) }))
	defer server.Close()
	keys := newTestKeySet(server.URL, newTestClock())
	if _, err := keys.fetch(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return keys
}

func newTestKeySet(url string, clock *testClock) *keySet {
	p := newTestProvider("http://localhost")
	p.Now = clock.time
	return newKeySet(p, url)
}

// However many keys may have signed a token, few are tried: two for a token that
// anyone can send. Keys of another kind do not count.
func TestFewKeysAreTriedPerToken(t *testing.T) {
	t.Parallel()
	signer, ofAnotherKind := authtest.NewKey("ES256"), authtest.NewKey("RS256")
	public := func(k authtest.Key, kid string) jose.JSONWebKey {
		return jose.JSONWebKey{Key: k.Public(), KeyID: kid, Use: "sig"}
	}
	for _, header := range []map[string]any{{"kid": nil}, {"kid": "the same"}} {
		for _, c := range []struct {
			before           int // keys that may have signed it
			anyones, trusted bool
		}{
			{0, true, true},
			{1, true, true},
			{2, false, true},
			{7, false, true},
			{8, false, false},
			{98, false, false},
		} {
			published := []jose.JSONWebKey{public(authtest.NewKey("ES384"), "the same"), public(ofAnotherKind, "the same")}
			for range c.before {
				published = append(published, public(authtest.NewKey("ES256"), "the same"))
			}
			keys := fetchedKeys(t, append(published, public(signer, "the same"))...)
			jws, err := jose.ParseSignedCompact(signer.Sign(header, []byte("{}")), []jose.SignatureAlgorithm{jose.ES256})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := (rateLimited{keys}).VerifySignature(t.Context(), jws); (err == nil) != c.anyones {
				t.Errorf("anyone's token with the header %v after %d keys: got error %v, want it verified %t", header, c.before, err, c.anyones)
			}
			if _, err := tryKeys(jws, keys.keys, maxKeysTried); (err == nil) != c.trusted {
				t.Errorf("an ID token with the header %v after %d keys: got error %v, want it verified %t", header, c.before, err, c.trusted)
			}
		}
	}
}

// Tokens that anyone can send are verified one at a time, and hold up no sign-in.
func TestForgedTokensAreVerifiedSequentially(t *testing.T) {
	t.Parallel()
	signer := authtest.NewKey("RS256")
	keys := fetchedKeys(t, jose.JSONWebKey{Key: signer.Public()})
	jws := parseSigned(t, signer.Sign(map[string]any{"kid": nil}, []byte("{}")))
	keys.semaphore <- struct{}{} // another one is being verified
	if _, err := keys.VerifySignature(t.Context(), jws); err != nil {
		t.Errorf("an ID token meanwhile: got error %v, want none", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := (rateLimited{keys}).VerifySignature(ctx, jws); kindOf(err) != Unavailable {
		t.Errorf("a token that anyone can send meanwhile: got error %v, want it to have waited", err)
	}
	<-keys.semaphore
	if _, err := (rateLimited{keys}).VerifySignature(t.Context(), jws); err != nil {
		t.Errorf("afterwards: got error %v, want none", err)
	}
}

// What a forged logout token costs: as much with a hundred large keys as with two.
func BenchmarkForgedToken(b *testing.B) {
	for _, n := range []int{1, 2, 100} {
		b.Run(fmt.Sprintf("%d keys", n), func(b *testing.B) {
			var published []jose.JSONWebKey
			for range n {
				published = append(published, jose.JSONWebKey{Key: &rsa.PublicKey{N: modulus(b, 4096), E: 65537}})
			}
			keys := rateLimited{fetchedKeys(b, published...)}
			forged := parseSigned(b, authtest.NewKey("RS256").Sign(map[string]any{"kid": nil}, []byte("{}")))
			forged.Signatures[0].Signature = make([]byte, 512) // as long as the keys
			for b.Loop() {
				if _, err := keys.VerifySignature(b.Context(), forged); err == nil {
					b.Fatal("it verifies")
				}
			}
		})
	}
}

// A withdrawn key verifies no longer than keys are kept (Core 10.1.1).
func TestIDTokenRefusedWithWithdrawnKey(t *testing.T) {
	t.Parallel()
	p, clock := authtest.Start(t), newTestClock()
	keys := newTestKeySet(p.Endpoint(authtest.JWKSEndpoint), clock)
	stolen := p.SigningKey()
	jws := parseSigned(t, stolen.Sign(nil, []byte("{}")))
	for _, step := range []struct {
		name string
		pass time.Duration
		want bool
	}{
		{"published", 0, true},
		{"withdrawn a moment ago", 0, true},
		{"withdrawn before the keys were last fetched", keyLife, false},
	} {
		clock.pass(step.pass)
		if _, err := keys.VerifySignature(t.Context(), jws); (err == nil) != step.want {
			t.Errorf("%s: got error %v, want it to verify is %v", step.name, err, step.want)
		}
		p.PublishKeys(authtest.NewKey("ES256"))
	}
}

// Forged logout tokens make us fetch keys now and then, and a provider whose
// keys cannot be had is not asked more often for it.
func TestForgedTokensLimitKeyFetches(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]authtest.Fault{"good keys": nil, "no keys": authtest.Status(500)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, clock := authtest.Start(t), newTestClock()
			p.Handle(authtest.JWKSEndpoint, fault)
			keys := rateLimited{newTestKeySet(p.Endpoint(authtest.JWKSEndpoint), clock)}
			forged := parseSigned(t, authtest.NewKey("RS256").Sign(nil, []byte("{}")))
			for range 100 { // in 10 s
				if _, err := keys.VerifySignature(t.Context(), forged); err == nil {
					t.Fatal("a forged token verifies")
				}
				clock.pass(100 * time.Millisecond)
			}
			if got, most := p.Requests(authtest.JWKSEndpoint), int(10*time.Second/minRefetch)+1; got > most {
				t.Errorf("the keys were fetched %d times, want %d at most", got, most)
			}
		})
	}
}

func parseSigned(tb testing.TB, token string) *jose.JSONWebSignature {
	tb.Helper()
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		tb.Fatal(err)
	}
	return jws
}

// A token whose key is unknown because the keys cannot be fetched is not invalid: the
// provider should send it again.
func TestLogoutTokenWaitsForKeys(t *testing.T) {
	t.Parallel()
	clock := newTestClock()
	p, server := startProvider(t)
	p.Now = clock.time
	verify := func() error {
		_, err := p.VerifyLogoutToken(t.Context(), server.LogoutToken(nil))
		return err
	}
	if err := verify(); err != nil {
		t.Fatalf("before: got error %v", err)
	}
	clock.pass(minRefetch)
	server.RotateKeys()
	server.Handle(authtest.JWKSEndpoint, authtest.Times(1, authtest.Status(http.StatusServiceUnavailable)))
	for _, when := range []string{"during the failed fetch", "after it"} {
		if err := verify(); kindOf(err) != Unavailable {
			t.Errorf("%s: got error %v of the kind %s, want %s", when, err, kindOf(err), Unavailable)
		}
	}
	clock.pass(minRefetch)
	if err := verify(); err != nil {
		t.Errorf("with the keys: got error %v, want none", err)
	}
}

// Without the provider's keys, no token can be called invalid.
func TestLogoutTokenWithoutKeysIsNotInvalid(t *testing.T) {
	t.Parallel()
	_, server := startProvider(t)
	for _, endpoint := range []authtest.Endpoint{authtest.DiscoveryEndpoint, authtest.JWKSEndpoint} {
		for name, fault := range map[string]authtest.Fault{
			"429": authtest.Status(http.StatusTooManyRequests), "404": authtest.Status(http.StatusNotFound), "503": authtest.Status(http.StatusServiceUnavailable),
			"a page": authtest.HTML, "a redirect": authtest.RedirectTo("/elsewhere"), "a response that is too long": authtest.Huge(maxResponse + 1),
		} {
			p := newTestProvider(server.Issuer())
			server.Handle(endpoint, fault)
			if _, err := p.VerifyLogoutToken(t.Context(), server.LogoutToken(nil)); !IsKind(err, Unavailable) {
				t.Errorf("%s from %s: got error %v of the kind %s, want %s", name, endpoint, err, kindOf(err), Unavailable)
			}
		}
		server.Handle(endpoint, nil)
	}
}
