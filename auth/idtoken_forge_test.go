package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// attackerKey is an attacker's key, with its own kid.
var attackerKey = authtest.NewKey("RS256")

// signedBy signs with another key, under the kid of the provider's key.
func signedBy(k authtest.Key) func(*handlerstest.App) {
	return func(a *handlerstest.App) {
		k.KeyID = a.Provider.SigningKey().KeyID
		a.Provider.SignWith(k)
	}
}

// header sets a header parameter of tokens signed with the provider's key; nil
// removes it.
func header(name string, value any) func(*handlerstest.App) {
	return func(a *handlerstest.App) {
		a.Provider.EditIDToken(func(h, _ map[string]any) {
			h[name] = value
			if value == nil {
				delete(h, name)
			}
		})
	}
}

// forged is header for tokens signed with attackerKey.
func forged(name string, value any) func(*handlerstest.App) {
	return func(a *handlerstest.App) {
		signedBy(attackerKey)(a)
		header(name, value)(a)
	}
}

// forgedToken replaces the ID token with the result of forge.
func forgedToken(forge func(string) string) func(*handlerstest.App) {
	return tokenResponse(func(doc map[string]any) { doc["id_token"] = forge(doc["id_token"].(string)) })
}

func tokenResponse(edit func(doc map[string]any)) func(*handlerstest.App) {
	return func(a *handlerstest.App) { a.Provider.EditTokenResponse(edit) }
}

// payload replaces the payload, signed with the provider's key.
func payload(text string) func(*handlerstest.App) {
	return payloads(func(string) string { return text })
}

// payloads replaces the payload with the result of edit, signed with the provider's
// key.
func payloads(edit func(claims string) string) func(*handlerstest.App) {
	return func(a *handlerstest.App) {
		forgedToken(func(t string) string {
			return a.Provider.SigningKey().Sign(nil, []byte(edit(decode(part(t, 1)))))
		})(a)
	}
}

func part(token string, i int) string { return strings.Split(token, ".")[i] }

func encode[T string | []byte](raw T) string {
	return base64.RawURLEncoding.EncodeToString([]byte(raw))
}

func decode(text string) string {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		panic(err) // the provider's own token
	}
	return string(raw)
}

func unsigned(t string) string { return part(t, 0) + "." + part(t, 1) + "." }

func changedSignature(t string) string {
	signature := []byte(decode(part(t, 2)))
	signature[0] ^= 1
	return unsigned(t) + encode(signature)
}

func zeroSignature(t string) string { return unsigned(t) + encode(make([]byte, 64)) }

func changedPayload(t string) string {
	claims := strings.Replace(decode(part(t, 1)), `"iss"`, `"evil":1,"iss"`, 1)
	return part(t, 0) + "." + encode(claims) + "." + part(t, 2)
}

func serialized(t string) string {
	return `{"payload":"` + part(t, 1) + `","protected":"` + part(t, 0) + `","signature":"` + part(t, 2) + `"}`
}

// dotted is a token in the JSON serialization with two dots, as in a JWT, around
// the payload.
func dotted(t string) string {
	return `{"x":".` + part(t, 1) + `.",` + strings.TrimPrefix(serialized(t), "{")
}

func duplicateAlg(t string) string {
	head := strings.Replace(decode(part(t, 0)), `"alg"`, `"alg":"none","alg"`, 1)
	return encode(head) + "." + part(t, 1) + "." + part(t, 2)
}

// hmacWithPublicKey signs with HS256, with the bytes of the public key as secret.
func hmacWithPublicKey(secret func(*rsa.PublicKey) []byte) func(*handlerstest.App) {
	return func(a *handlerstest.App) {
		public := a.Provider.SigningKey().Public().(*rsa.PublicKey)
		signedBy(authtest.Key{Algorithm: "HS256", Private: secret(public)})(a)
	}
}

func publicDER(k *rsa.PublicKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		panic(err) // only for a kind of key that x509 does not support
	}
	return der
}

func publicPEM(k *rsa.PublicKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER(k)})
}

func modulus(k *rsa.PublicKey) []byte { return k.N.Bytes() }

// unadvertised publishes a key and signs with it, but does not list its algorithm
// in the metadata.
func unadvertised(algorithm string) func(*handlerstest.App) {
	return func(a *handlerstest.App) {
		a.Provider.EditDiscovery(func(doc map[string]any) { doc["id_token_signing_alg_values_supported"] = []string{"RS256"} })
		signingWith(algorithm)(a)
	}
}

// signingWith signs with a new key of this algorithm, and publishes it with the
// old key.
func signingWith(algorithm string) func(*handlerstest.App) {
	return func(a *handlerstest.App) {
		k := authtest.Key{Algorithm: algorithm, KeyID: "new", Private: attackerKey.Private} // making an RSA key takes long
		if strings.HasPrefix(algorithm, "ES") {
			k = authtest.NewKey(algorithm)
		}
		a.Provider.PublishKeys(a.Provider.SigningKey(), k)
		a.Provider.SignWith(k)
	}
}

// weak signs with a published key that is too short (NIST SP 800-131A).
func weak(a *handlerstest.App) {
	k := authtest.NewKey("RS256")
	private, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	k.Private = private
	a.Provider.PublishKeys(k)
	a.Provider.SignWith(k)
}

// symmetric publishes a secret as if it were a key (RFC 7518 section 6.4).
func symmetric(a *handlerstest.App) {
	secret := sha256.Sum256([]byte("evil"))
	a.Provider.SignWith(authtest.Key{Algorithm: "HS256", KeyID: "evil", Private: secret[:]})
	a.Provider.EditKeys(func(doc map[string]any) {
		doc["keys"] = append(doc["keys"].([]any), map[string]any{"kty": "oct", "kid": "evil", "alg": "HS256", "k": encode(secret[:])})
	})
}

// keyMember signs with a new key, published with this member.
func keyMember(name string, value any) func(*handlerstest.App) {
	return func(a *handlerstest.App) {
		a.Provider.PublishKeys(a.Provider.RotateKeys())
		member(name, value)(a)
	}
}
