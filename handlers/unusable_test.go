package handlers_test

import "testing"

// Tokens of a kind that a provider's settings decide on: they stay refused, and
// the log says which setting to change.
func TestTokensOfAnUnusableKindAreExplained(t *testing.T) {
	t.Parallel()
	idToken := func(raw any) func(*app) { return tokenResponse(func(doc map[string]any) { doc["id_token"] = raw }) }
	encrypted := encode(`{"alg":"RSA-OAEP","enc":"A256GCM","evil":"evil"}`) + ".ZXZpbA.ZXZpbA.ZXZpbA.ZXZpbA"
	for _, at := range []attack{
		{"Core 3.1.3.3, no ID token", tokenResponse(func(doc map[string]any) { delete(doc, "id_token") }), fault("grant this client the scope openid")},
		{"Core 3.1.3.3, an empty ID token", idToken(""), fault("grant this client the scope openid")},
		{"Core 3.1.3.3, an ID token of null", idToken(nil), fault("grant this client the scope openid")},
		{"RFC 7516 3.1, an encrypted ID token", idToken(encrypted), fault("Switch the encryption of tokens off")},
		{"Core 3.1.3.7 step 7, signed with the client secret", symmetric, fault("signed with HS256, and accepted is RS256")},
		{"Core 3.1.3.7 step 7, an algorithm that is not advertised", unadvertised("ES512"), fault("signed with ES512, and accepted is RS256")},
		{"Core 3.1.3.7 step 7, an algorithm without a name here", header("alg", "evil256"), fault("another algorithm")},
	} {
		at.run(t)
	}
}
