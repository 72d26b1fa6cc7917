package auth_test

import (
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// An ID token is signed with a key that the provider publishes and an algorithm
// that it advertises (Core 3.1.3.7 steps 6 to 8).
func TestIDTokenRefusedWithWrongSignature(t *testing.T) {
	t.Parallel()
	for _, at := range []attack{
		{"3.1.3.7 step 6, alg none (rp-id_token-sig-none)", signedBy(authtest.Key{Algorithm: "none"}), unsupported},
		{"RFC 8725 2.1, alg None", header("alg", "None"), unsupported},
		{"RFC 8725 2.1, alg NONE", header("alg", "NONE"), unsupported},
		{"RFC 7515 4.1.1, no alg", header("alg", nil), unsupported},
		{"RFC 7515 4.1.1, alg unknown", header("alg", "EVIL256"), fault("another algorithm")},
		{"RFC 7515 4, duplicate alg", forgedToken(duplicateAlg), invalid},
		{"CVE-2015-9235, HS256 with the public key in PEM", hmacWithPublicKey(publicPEM), unsupported},
		{"CVE-2015-9235, HS256 with the public key in DER", hmacWithPublicKey(publicDER), unsupported},
		{"CVE-2015-9235, HS256 with the public key's modulus", hmacWithPublicKey(modulus), unsupported},
		{"RFC 8725 3.2, HS256 with the client secret", signedBy(authtest.Key{Algorithm: "HS256", Private: []byte(authtest.ClientSecret)}), unsupported},
		{"3.1.3.7 step 7, ES256 not advertised", unadvertised("ES256"), fault("signed with ES256; accepted algorithms: RS256")},
		{"3.1.3.7 step 7, PS256 not advertised", unadvertised("PS256"), unsupported},
		{"3.1.3.7 step 7, RS512 not advertised", unadvertised("RS512"), unsupported},
		{"RFC 7517 5, a symmetric key is published", symmetric, fault("signed with HS256; accepted algorithms: RS256")},

		{"CVE-2020-28042, no signature", forgedToken(unsigned), badSignature},
		{"rp-id_token-bad-sig-rs256, a changed bit", forgedToken(changedSignature), badSignature},
		{"RFC 7515 5.2, another payload under the signature", forgedToken(changedPayload), badSignature},
		{"RFC 8725 2.1, another key under the right kid", forged("typ", "JWT"), badSignature},
		{"CVE-2018-0114, the key in the token's own jwk", forged("jwk", jose.JSONWebKey{Key: attackerKey.Public()}), badSignature},
		{"RFC 8725 3.10, the key at the token's own jku", forged("jku", "https://evil.example/jwks"), badSignature},
		{"RFC 8725 3.10, the key at the token's own x5u", forged("x5u", "https://evil.example/x5u"), badSignature},
		{"RFC 7515 4.1.4, a kid that is not published", func(a *handlerstest.App) { a.Provider.SignWith(attackerKey) }, unknownKey},
		{"RFC 7515 4.1.4, kid a path", header("kid", "../../evil"), unknownKey},
		{"RFC 7515 4.1.4, kid a number", header("kid", 7), invalid},
		{"RFC 7515 4.1.11, unknown crit", header("crit", []string{"evil"}), badSignature},
		{"RFC 7797 6, b64 false", func(a *handlerstest.App) {
			a.Provider.EditIDToken(func(h, _ map[string]any) { h["crit"], h["b64"] = []string{"b64"}, false })
		}, refusal{502, auth.ProviderFault, ""}},
		{"RFC 7518 3.3, an RSA key of 1024 bits", weak, unknownKey},
		{"RFC 7517 4.2, a key for encryption", keyMember("use", "enc"), unknownKey},
		{"RFC 7517 4.2, a list of uses", keyMember("use", []any{"enc"}), unknownKey},
		{"RFC 7518 6.3.1, a numeric modulus", keyMember("n", 7), unknownKey},
		{"RFC 7517 4.4, a key for another algorithm", keyMember("alg", "RS512"), unknownKey},
		{"RFC 7517 5, no keys", func(a *handlerstest.App) { a.Provider.RotateKeys(); a.Provider.PublishKeys() }, unknownKey},
		{"RFC 7517 5, the key is withdrawn before it signs", func(a *handlerstest.App) {
			a.Provider.SignWith(a.Provider.RotateKeys())
			a.Provider.PublishKeys(attackerKey)
		}, unknownKey},
	} {
		at.run(t)
	}
	zeros := attack{"CVE-2022-21449, ES256 with a signature of zeros", forgedToken(zeroSignature), badSignature}
	zeros.run(t, signingWith("ES256"))
}

// ID tokens that are not signed JWTs (RFC 7519 section 7.2). If a setting at the provider is
// the likely cause, the log names it.
func TestIDTokenRefusedWhenMalformed(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("A", 70<<10)
	for _, at := range []attack{
		{"Core 3.1.3.3, no ID token", tokenResponse(func(doc map[string]any) { delete(doc, "id_token") }), withoutIDToken},
		{"Core 3.1.3.3, a numeric ID token", tokenResponse(func(doc map[string]any) { doc["id_token"] = 7 }), malformed},
		{"Core 3.1.3.3, a null ID token", tokenResponse(func(doc map[string]any) { doc["id_token"] = nil }), withoutIDToken},
		{"RFC 7519 7.2, empty", forgedToken(func(string) string { return "" }), withoutIDToken},
		{"RFC 7519 7.2, not a JWT", forgedToken(func(string) string { return "evil" }), malformed},
		{"RFC 7519 7.2, two parts", forgedToken(func(t string) string { return t[:strings.LastIndex(t, ".")] }), malformed},
		{"RFC 7519 7.2, four parts", forgedToken(func(t string) string { return t + ".evil" }), malformed},
		{"RFC 7516 7.1, encrypted", forgedToken(func(t string) string { return "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d" }), fault("Switch the encryption of tokens off")},
		{"CVE-2024-28180, encrypted and compressed", forgedToken(func(t string) string { return "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiemlwIjoiREVGIn0..b.c.d" }), malformed},
		{"RFC 7515 7.2, the JSON serialization", forgedToken(serialized), malformed},
		{"RFC 7515 7.2, the JSON serialization with the dots of a JWT", forgedToken(dotted), malformed},
		{"RFC 7515 2, a line break", forgedToken(func(t string) string { return strings.Replace(t, ".", ".\r\n", 1) }), malformed},
		{"RFC 7515 2, a leading space", forgedToken(func(t string) string { return " " + t }), malformed},
		{"RFC 7515 2, a trailing line break", forgedToken(func(t string) string { return t + "\n" }), malformed},
		{"RFC 7515 2, base64 with padding", forgedToken(func(t string) string { return strings.Replace(t, ".", "=.", 2) }), malformed},
		{"CVE-2025-27144, only dots", forgedToken(func(string) string { return strings.Repeat(".", 60<<10) }), malformed},
		{"longer than any token", forgedToken(func(t string) string { return t + huge }), refusal{502, auth.ProviderFault, "longer than"}},
		{"longer than any response", forgedToken(func(t string) string { return t + strings.Repeat(huge, 20) }), refusal{502, auth.ProviderFault, "longer than"}},
		{"RFC 7519 7.2 step 10, an array", payload(`["evil"]`), malformed},
		{"RFC 7519 7.2 step 10, null", payload(`null`), refusal{502, auth.ProviderFault, "holds no object"}},
		{"RFC 7519 7.2 step 10, not JSON", payload(`evil`), malformed},
		{"RFC 7519 7.2 step 10, two objects", payload(`{"evil":1}{"evil":2}`), malformed},
		{"RFC 8259 9, deeper than parsers accept", payload(`{"evil":` + strings.Repeat("[", 12000) + strings.Repeat("]", 12000) + `}`), malformed},
	} {
		at.run(t)
	}
}

var (
	unsupported  = refusal{502, auth.ProviderFault, "algorithm not supported"}
	badSignature = refusal{502, auth.ProviderFault, "the signature does not fit the provider's key"}
	unknownKey   = refusal{502, auth.ProviderFault, "signed with a key that the provider does not publish"}
	invalid      = refusal{502, auth.ProviderFault, "parsing of request failed"}
	malformed    = refusal{502, auth.ProviderFault, "the token is not a JWT"}

	// Without the scope openid there is none.
	withoutIDToken = refusal{502, auth.ProviderFault, "grant this client the scope openid"}
)
