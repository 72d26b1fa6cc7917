package auth_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// Sections are those of OpenID Connect Core 1.0 unless another document is named.
func TestIDTokenRefusedWithWrongClaims(t *testing.T) {
	t.Parallel()
	for _, at := range []attack{
		{"2, iss of another provider (rp-id_token-issuer-mismatch)", claim("iss", "https://evil.example"), wrongClaim("iss")},
		{"2, no iss", without("iss"), wrongClaim("iss")},
		{"2, iss empty", claim("iss", ""), wrongClaim("iss")},
		{"2, iss null", claim("iss", nil), wrongClaim("iss")},
		{"2, iss an array", claims(func(c map[string]any) { c["iss"] = []any{c["iss"]} }), wrongClaim("iss")},
		{"2, iss with an extra slash", claims(func(c map[string]any) { c["iss"] = c["iss"].(string) + "/" }), wrongClaim("iss")},
		{"2, iss in upper case", claims(func(c map[string]any) { c["iss"] = strings.ToUpper(c["iss"].(string)) }), wrongClaim("iss")},
		{"2, iss of another tenant", claims(func(c map[string]any) { c["iss"] = strings.Replace(c["iss"].(string), "/t/dev/", "/t/evil/", 1) }), wrongClaim("iss")},

		{"3.1.3.7 step 3, aud of another client (rp-id_token-aud)", claim("aud", "evil-client"), wrongClaim("aud")},
		{"3.1.3.7 step 3, no aud", without("aud"), wrongClaim("aud")},
		{"3.1.3.7 step 3, aud null", claim("aud", nil), wrongClaim("aud")},
		{"3.1.3.7 step 3, aud empty", claim("aud", []any{}), wrongClaim("aud")},
		{"3.1.3.7 step 3, aud a number", claim("aud", 1), wrongClaim("aud")},
		{"3.1.3.7 step 3, aud with a number in it", claim("aud", []any{authtest.ClientID, 1}), wrongClaim("aud")},
		{"3.1.3.7 step 3, aud of others", claim("aud", []any{"evil-one", "evil-two"}), wrongClaim("aud")},
		{"3.1.3.7 step 3, aud that starts with ours", claim("aud", authtest.ClientID+"-evil"), wrongClaim("aud")},
		{"3.1.3.7 step 4, several aud without azp", claims(func(c map[string]any) {
			c["aud"] = []any{authtest.ClientID, "evil-client"}
			delete(c, "azp")
		}), wrongClaim("azp")},
		{"3.1.3.7 step 5, azp of another client", claim("azp", "evil-client"), wrongClaim("azp")},
		{"3.1.3.7 step 5, azp an array", claim("azp", []any{authtest.ClientID}), wrongClaim("azp")},
		{"3.1.3.7 step 5, azp null", claim("azp", nil), wrongClaim("azp")},

		{"2, no sub (rp-id_token-sub)", without("sub"), wrongClaim("sub")},
		{"2, sub empty", claim("sub", ""), wrongClaim("sub")},
		{"2, sub a number", claim("sub", 7), wrongClaim("sub")},
		{"2, sub an array", claim("sub", []any{"evil"}), wrongClaim("sub")},
		{"2, sub of 256 characters", claim("sub", strings.Repeat("a", 256)), wrongClaim("sub")},

		{"2, no iat (rp-id_token-iat)", without("iat"), notATime},
		{"2, iat a string", claim("iat", "1700000000"), notATime},
		{"2, iat null", claim("iat", nil), notATime},
		{"2, no exp", without("exp"), notATime},
		{"2, exp a string", claim("exp", "9999999999"), notATime},
		{"2, exp out of range", claim("exp", 1e300), notATime},
		{"3.1.3.7 step 9, exp long ago", claim("exp", 1), clockSkew("it expired")},
		{"3.1.3.7 step 9, exp below zero", claim("exp", -1e9), clockSkew("it expired")},
		{"3.1.3.7 step 10, iat long ago", claim("iat", 1), clockSkew("it was issued")},
		{"RFC 7519 4.1.5, nbf in the future", claims(func(c map[string]any) { c["nbf"] = c["iat"].(float64) + 300 }), clockSkew("it is valid from")},
		{"RFC 7519 4.1.5, nbf a string", claim("nbf", "evil"), notATime},

		{"3.1.3.7 step 11, another nonce (rp-nonce-invalid, ASVS 10.5.1)", claim("nonce", "evil-nonce"), wrongClaim("nonce")},
		{"3.1.3.7 step 11, no nonce", without("nonce"), wrongClaim("nonce")},
		{"3.1.3.7 step 11, nonce empty", claim("nonce", ""), wrongClaim("nonce")},
		{"3.1.3.7 step 11, nonce an array", claims(func(c map[string]any) { c["nonce"] = []any{c["nonce"]} }), wrongClaim("nonce")},

		{"3.1.3.8, at_hash of another token (rp-id_token-bad-at_hash)", claim("at_hash", "ZXZpbC1hdF9oYXNoLWV2"), refusal{502, auth.ProviderFault, "at_hash"}},
		{"3.1.3.8, at_hash empty", claim("at_hash", ""), wrongClaim("at_hash")},
		{"3.1.3.8, at_hash a number", claim("at_hash", 1), wrongClaim("at_hash")},
	} {
		at.run(t)
	}
}

// Two parsers could choose different values of a duplicate member (RFC 7519 section
// 4).
func TestIDTokenRefusedWithDuplicateMembers(t *testing.T) {
	t.Parallel()
	for name, member := range map[string]string{
		"iss":          `"iss":"https://evil.example"`,
		"aud":          `"aud":"evil-client"`,
		"sub":          `"sub":"evil-subject"`,
		"nonce":        `"nonce":"evil-nonce"`,
		"exp":          `"exp":99999999999`,
		"iss, escaped": `"\u0069ss":"https://evil.example"`,
		"name":         `"name":"Evil"`,
	} {
		twice := payloads(func(claims string) string { return strings.TrimSuffix(claims, "}") + "," + member + "}" })
		at := attack{"RFC 7519 4, duplicate " + name, twice, refusal{502, auth.ProviderFault, "names a claim twice"}}
		at.run(t)
	}
}

// A small clock skew is accepted; a large one is reported as clock skew.
func TestIDTokenAllowsClockSkew(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-30 * time.Second, 30 * time.Second} {
		t.Run("accepted at "+off.String(), func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			setProviderClock(a, off)
			a.AssertSignInWorks(t, authtest.NewBrowser(t))
		})
	}
	for _, off := range []time.Duration{-5 * time.Minute, 5 * time.Minute} {
		set := func(a *handlerstest.App) { setProviderClock(a, off) }
		attack{"2, a provider's clock at " + off.String(), set, clockSkew("one of the two clocks is wrong")}.run(t)
	}
	short := func(c map[string]any) { c["exp"] = c["iat"].(float64) - 240 }
	attack{"3.1.3.7 step 9, expired on arrival", claims(short), clockSkew("it expired")}.run(t)
}

func setProviderClock(a *handlerstest.App, off time.Duration) {
	clock := authtest.NewClock()
	clock.Advance(off)
	a.Provider.SetClock(clock.Now)
}

// An ID token from an earlier sign-in of the same person, injected into this one
// (3.1.3.7 step 11; RFC 9700 section 4.5.3.2).
func TestIDTokenRefusedWhenReplayed(t *testing.T) {
	t.Parallel()
	attack{"RFC 9700 4.5.3.2, an ID token of an earlier sign-in", func(a *handlerstest.App) {
		var stolen any
		a.Provider.EditTokenResponse(func(doc map[string]any) {
			if stolen == nil {
				stolen = doc["id_token"]
			}
			doc["id_token"] = stolen
		})
		a.SignIn(t, authtest.NewBrowser(t), authtest.Ada)
	}, wrongClaim("nonce")}.run(t)
}

// claims edits the claims of every ID token.
func claims(edit func(map[string]any)) func(*handlerstest.App) {
	return func(a *handlerstest.App) {
		a.Provider.EditIDToken(func(_, c map[string]any) { edit(c) })
	}
}

func claim(name string, value any) func(*handlerstest.App) {
	return claims(func(c map[string]any) { c[name] = value })
}

func without(name string) func(*handlerstest.App) {
	return claims(func(c map[string]any) { maps.DeleteFunc(c, func(k string, _ any) bool { return k == name }) })
}

func wrongClaim(claim string) refusal {
	return refusal{502, auth.ProviderFault, "the token's " + claim + " is invalid"}
}

func clockSkew(cause string) refusal { return refusal{502, auth.ClockSkew, cause} }

var notATime = refusal{502, auth.ProviderFault, "is missing or not a time"}
