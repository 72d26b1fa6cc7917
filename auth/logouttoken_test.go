package auth_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

const backChannel = "/api/auth/backchannel-logout/"

// postLogoutToken posts a logout token, as a provider does.
func postLogoutToken(tb testing.TB, a *handlerstest.App, provider, token string) *authtest.Page {
	tb.Helper()
	b := authtest.NewBrowser(tb)
	b.Header = http.Header{"Origin": {""}}
	return b.Post(a.URL+backChannel+provider, url.Values{"logout_token": {token}})
}

// assertInvalidLogoutToken asserts the response of section 2.8: 400 with a JSON
// error, not cached.
func assertInvalidLogoutToken(tb testing.TB, a *handlerstest.App, page *authtest.Page) {
	tb.Helper()
	var response struct{ Error, Description string }
	if err := json.Unmarshal([]byte(page.Text), &response); err != nil || response.Error != "invalid_request" {
		tb.Errorf("got body %q, want JSON with the error invalid_request", page.Text)
	}
	if page.StatusCode != http.StatusBadRequest || page.Header.Get("Content-Type") != "application/json" || page.Header.Get("Cache-Control") != "no-store" {
		tb.Errorf("got status %d, %s, Cache-Control %s; want 400, JSON, no-store", page.StatusCode, page.Header.Get("Content-Type"), page.Header.Get("Cache-Control"))
	}
	a.AssertNoAttackerText(tb, page)
}

type editLogout = func(header, claims map[string]any)

func logoutClaim(name string, value any) editLogout {
	return func(_, claims map[string]any) { claims[name] = value }
}

func logoutWithout(names ...string) editLogout {
	return func(_, claims map[string]any) {
		for _, name := range names {
			delete(claims, name)
		}
	}
}

// logoutTime sets a time claim to seconds from now.
func logoutTime(name string, seconds float64) editLogout {
	return func(_, claims map[string]any) { claims[name] = float64(time.Now().Unix()) + seconds }
}

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// The validation steps of Back-Channel Logout 1.0 section 2.6. The response is that
// of section 2.8.
func TestBackChannelLogoutRefusesInvalidToken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		edit  editLogout
		forge func(token string) string // optional
	}{
		{"2.4: no iss", logoutWithout("iss"), nil},
		{"2.4: no aud", logoutWithout("aud"), nil},
		{"2.4: no iat", logoutWithout("iat"), nil},
		{"2.4: no exp", logoutWithout("exp"), nil},
		{"2.4: no jti", logoutWithout("jti"), nil},
		{"2.4: no events", logoutWithout("events"), nil},
		{"2.6 step 1: encrypted", nil, func(string) string { return encode(`{"alg":"RSA-OAEP","enc":"A256GCM"}`) + ".a.b.c.d" }},
		{"2.6 step 2: alg none", func(header, _ map[string]any) { header["alg"] = "none" }, unsigned},
		{"2.6 step 2: no signature", nil, unsigned},
		{"2.6 step 2: another signature", nil, changedSignature},
		{"2.6 step 2: a signature of zeros", nil, zeroSignature},
		{"2.6 step 2: a changed payload", nil, func(token string) string {
			return part(token, 0) + "." + encode(strings.Replace(decode(part(token, 1)), `"jti":"`, `"jti":"x`, 1)) + "." + part(token, 2)
		}},
		{"2.6 step 2: an unknown kid", func(header, _ map[string]any) { header["kid"] = "evil" }, nil},
		{"2.6 step 3: another iss", logoutClaim("iss", "https://evil.example"), nil},
		{"2.6 step 3: iss with a slash", func(_, claims map[string]any) { claims["iss"] = claims["iss"].(string) + "/" }, nil},
		{"2.6 step 3: iss a list", func(_, claims map[string]any) { claims["iss"] = []any{claims["iss"]} }, nil},
		{"2.6 step 3: another aud", logoutClaim("aud", "evil"), nil},
		{"2.6 step 3: aud an empty list", logoutClaim("aud", []any{}), nil},
		{"2.6 step 3: aud a number", logoutClaim("aud", 7), nil},
		{"2.6 step 3: aud an object", logoutClaim("aud", map[string]any{authtest.ClientID: true}), nil},
		{"2.6 step 3: azp another's", logoutClaim("azp", "evil"), nil},
		{"2.6 step 3: iat long ago", logoutTime("iat", -600), nil},
		{"2.6 step 3: iat in the future", logoutTime("iat", 600), nil},
		{"2.6 step 3: iat a string", logoutClaim("iat", "now"), nil},
		{"2.6 step 3: expired", logoutTime("exp", -300), nil},
		{"2.6 step 3: exp a string", logoutClaim("exp", "never"), nil},
		{"2.6 step 3: exp beyond the replay memory", logoutTime("exp", 365*86400), nil},
		{"2.6 step 3: nbf in the future", logoutTime("nbf", 600), nil},
		{"2.6 step 4: neither sub nor sid", logoutWithout("sub", "sid"), nil},
		{"2.6 step 4: both empty", func(_, claims map[string]any) { claims["sub"], claims["sid"] = "", "" }, nil},
		{"2.6 step 4: both numbers", func(_, claims map[string]any) { claims["sub"], claims["sid"] = 1, 2 }, nil},
		{"2.6 step 4: both null", func(_, claims map[string]any) { claims["sub"], claims["sid"] = nil, nil }, nil},
		{"2.6 step 5: another event", logoutClaim("events", map[string]any{"http://schemas.openid.net/event/evil": map[string]any{}}), nil},
		{"2.6 step 5: events empty", logoutClaim("events", map[string]any{}), nil},
		{"2.6 step 5: events a list", logoutClaim("events", []any{logoutEvent}), nil},
		{"2.6 step 5: events a string", logoutClaim("events", logoutEvent), nil},
		{"2.6 step 5: the event null", logoutClaim("events", map[string]any{logoutEvent: nil}), nil},
		{"2.6 step 5: the event a string", logoutClaim("events", map[string]any{logoutEvent: "{}"}), nil},
		{"2.6 step 5: the event a list", logoutClaim("events", map[string]any{logoutEvent: []any{}}), nil},
		{"2.6 step 6: a nonce", logoutClaim("nonce", "evil"), nil},
		{"2.6 step 6: an empty nonce", logoutClaim("nonce", ""), nil},
		{"2.6 step 6: a null nonce", logoutClaim("nonce", nil), nil},
		{"2.6 step 7: jti empty", logoutClaim("jti", ""), nil},
		{"2.6 step 7: jti a number", logoutClaim("jti", 7), nil},
		{"2.6 step 7: jti too long", logoutClaim("jti", strings.Repeat("x", 10_000)), nil},
		{"RFC 7519 section 4: a duplicate claim", nil, nil},
		{"RFC 7515: no token", nil, func(string) string { return "" }},
		{"RFC 7515: not a JWT", nil, func(string) string { return "evil" }},
		{"RFC 7515: two parts", nil, func(token string) string { return part(token, 0) + "." + part(token, 1) }},
		{"RFC 7515: JSON serialization", nil, serialized},
		{"RFC 7515: JSON serialization with the dots of a JWT", nil, dotted},
		{"RFC 7515 section 2: a line break", nil, func(token string) string { return strings.Replace(token, ".", ".\r\n", 1) }},
		{"RFC 7515 section 2: a leading space", nil, func(token string) string { return " " + token }},
		{"RFC 7515 section 2: a trailing space", nil, func(token string) string { return token + " " }},
		{"RFC 7515 section 2: a trailing line break", nil, func(token string) string { return token + "\n" }},
		{"RFC 7515 section 2: a tab in the signature", nil, func(token string) string { return token[:len(token)-5] + "\t" + token[len(token)-5:] }},
		{"RFC 8725 section 3.1: duplicate alg", nil, duplicateAlg},
		{"huge", logoutClaim("padding", strings.Repeat("x", 80<<10)), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.Start(t), authtest.NewBrowser(t)
			a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
			token := a.Provider.LogoutToken(c.edit)
			if c.name == "RFC 7519 section 4: a duplicate claim" {
				token = signWithDuplicateClaim(a, token)
			}
			if c.forge != nil {
				token = c.forge(token)
			}
			assertInvalidLogoutToken(t, a, postLogoutToken(t, a, "asgardeo", token))
			if !a.HomeIsSignedIn(b) {
				t.Error("signed out, want signed in")
			}
			if page := postLogoutToken(t, a, "asgardeo", a.Provider.LogoutToken(nil)); page.StatusCode != http.StatusOK {
				t.Errorf("a valid logout token afterwards: got status %d and %s, want 200; log:\n%s", page.StatusCode, page.Text, a.Log)
			}
			a.AssertSignedOut(t, b)
		})
	}
}

// signWithDuplicateClaim returns a token with two sub claims, signed with the
// provider's key.
func signWithDuplicateClaim(a *handlerstest.App, token string) string {
	payload := strings.TrimSuffix(decode(part(token, 1)), "}") + `,"sub":"evil"}`
	return a.Provider.SigningKey().Sign(map[string]any{"typ": "logout+jwt"}, []byte(payload))
}

// Valid claims signed with another key or a secret are refused.
func TestBackChannelLogoutRefusesForeignSignature(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	payload := []byte(decode(part(a.Provider.LogoutToken(nil), 1)))
	kid := a.Provider.SigningKey().KeyID
	for name, k := range map[string]authtest.Key{
		"another RSA key, the right kid": {Algorithm: "RS256", KeyID: kid, Private: attackerKey.Private},
		"another RSA key, its own kid":   attackerKey,
		"another RSA key, no kid":        {Algorithm: "RS256", Private: attackerKey.Private},
		"an EC key":                      authtest.NewKey("ES256"),
		"HS256 with the client secret":   {Algorithm: "HS256", KeyID: kid, Private: []byte(authtest.ClientSecret)},
		"none":                           {Algorithm: "none", KeyID: kid},
	} {
		page := postLogoutToken(t, a, "asgardeo", k.Sign(nil, payload))
		if page.StatusCode != http.StatusBadRequest || !a.HomeIsSignedIn(b) {
			t.Errorf("%s: got status %d, want 400 and the browser still signed in", name, page.StatusCode)
		}
	}
}

// An ID token is not a logout token (section 2.4).
func TestBackChannelLogoutRefusesIDToken(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	var idToken string
	a.Provider.EditTokenResponse(func(doc map[string]any) { idToken, _ = doc["id_token"].(string) })
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	assertInvalidLogoutToken(t, a, postLogoutToken(t, a, "asgardeo", idToken))
	if !a.HomeIsSignedIn(b) {
		t.Error("the ID token signed the person out")
	}
}

// The request is a form with one logout_token (section 2.5).
func TestBackChannelLogoutRefusesInvalidRequest(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	good := a.Provider.LogoutToken(nil)
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct{ contentType, query, body string }{
		"nothing":                {form, "", ""},
		"in the query":           {form, "?logout_token=" + good, ""},
		"duplicate":              {form, "", "logout_token=" + good + "&logout_token=" + good},
		"in another case":        {form, "", "Logout_Token=" + good},
		"as JSON":                {"application/json", "", `{"logout_token":"` + good + `"}`},
		"as text":                {"text/plain", "", "logout_token=" + good},
		"without a content type": {"", "", "logout_token=" + good},
		"as multipart":           {"multipart/form-data; boundary=x", "", "--x\r\nContent-Disposition: form-data; name=\"logout_token\"\r\n\r\n" + good + "\r\n--x--\r\n"},
		"malformed":              {form, "", "logout_token=%zz"},
		"too long":               {form, "", "logout_token=" + good + "&x=" + strings.Repeat("x", 200<<10)},
	} {
		req, err := http.NewRequest(http.MethodPost, a.URL+backChannel+"asgardeo"+c.query, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", c.contentType)
		page := authtest.NewBrowser(t).Send(req)
		if page.StatusCode != http.StatusBadRequest || !a.HomeIsSignedIn(b) {
			t.Errorf("%s: got status %d, want 400 and the browser still signed in", name, page.StatusCode)
		}
	}
	if page := authtest.NewBrowser(t).Get(a.URL + backChannel + "asgardeo?logout_token=" + good); page.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: got status %d, want 405", page.StatusCode)
	}
	if page := postLogoutToken(t, a, "unknown", good); page.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown provider: got status %d, want 404", page.StatusCode)
	}
	if page := postLogoutToken(t, a, "asgardeo", good); page.StatusCode != http.StatusOK || page.Text != "" || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a valid request: got status %d, body %q, Cache-Control %q; want 200, an empty body, no-store", page.StatusCode, page.Text, page.Header.Get("Cache-Control"))
	}
	a.AssertSignedOut(t, b)
}
