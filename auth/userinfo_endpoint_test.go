package auth_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// Userinfo must have the ID token's sub (Core 5.3.2).
func TestUserinfoRefusedForAnotherSubject(t *testing.T) {
	t.Parallel()
	info := func(edit func(map[string]any)) func(*handlerstest.App) {
		return func(a *handlerstest.App) {
			claims(handlerstest.DropNames)(a)
			a.Provider.EditUserinfo(edit)
		}
	}
	foreignSub := fault("the userinfo endpoint's sub is not the ID token's")
	for _, at := range []attack{
		{"5.3.2, another sub (rp-userinfo-bad-sub-claim)", info(func(c map[string]any) { c["sub"] = "evil-subject" }), foreignSub},
		{"5.3.2, no sub", info(func(c map[string]any) { delete(c, "sub") }), foreignSub},
		{"5.3.2, sub empty", info(func(c map[string]any) { c["sub"] = "" }), foreignSub},
		{"5.3.2, sub an array", info(func(c map[string]any) { c["sub"] = []any{c["sub"]} }), foreignSub},
		{"5.3.2, sub in upper case", info(func(c map[string]any) { c["sub"] = strings.ToUpper(c["sub"].(string)) }), foreignSub},
		{"RFC 8259 4, duplicate sub", func(a *handlerstest.App) {
			claims(handlerstest.DropNames)(a)
			a.Provider.Handle(authtest.UserinfoEndpoint, message(`{"sub":"evil","sub":"`+authtest.Ada.Subject+`"}`))
		}, foreignSub},
		{"5.3.2, another sub, signed", func(a *handlerstest.App) {
			claims(handlerstest.DropNames)(a)
			payload := `{"iss":"` + a.Provider.Issuer() + `","aud":"` + authtest.ClientID + `","sub":"evil"}`
			a.Provider.Handle(authtest.UserinfoEndpoint, authtest.Answer(200, "application/jwt", a.Provider.SigningKey().Sign(nil, []byte(payload))))
		}, foreignSub},
	} {
		at.run(t)
	}
}

// A userinfo endpoint that fails costs the name, not the sign-in.
func TestUserinfoFailureKeepsSignIn(t *testing.T) {
	t.Parallel()
	target := startRedirectTarget(t)
	for name, f := range map[string]authtest.Fault{
		"a 500": authtest.Status(500), "a 401": authtest.Status(401), "a 404": authtest.Status(404), "an HTML page": authtest.HTML,
		"an empty body": message(""), "an array": message(`["evil"]`), "not JSON": message(`evil`), "a JWT": authtest.Answer(200, "application/jwt", "e30.e30.e30"),
		"50 MB": authtest.Huge(50 << 20), "50 MB, compressed": compressedHuge, "1 MB of headers": hugeHeader,
		"a truncated response": authtest.Cut, "a closed connection": handlerstest.DropConnection,
		"a redirect to another host": authtest.RedirectTo(target.URL), "a redirect loop": handlerstest.RedirectLoop,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			claims(handlerstest.DropNames)(a)
			a.Provider.Handle(authtest.UserinfoEndpoint, f)
			b := authtest.NewBrowser(t)
			a.AssertSignInWorks(t, b)
			a.AssertNoAttackerText(t, b.Get(a.URL+"/profile"))
		})
	}
}

// Userinfo adds claims, and replaces none of the ID token's.
func TestUserinfoReplacesNoIDTokenClaim(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	a.Provider.EditIDToken(func(_, c map[string]any) {
		handlerstest.DropNames(c)
		c["email"] = "true@example.com"
	})
	a.Provider.EditUserinfo(func(c map[string]any) {
		c["email"], c["iss"], c["name"] = "evil@example.com", "https://evil.example", "Ada"
	})
	b := authtest.NewBrowser(t)
	a.AssertSignInWorks(t, b)
	page := b.Get(a.URL + "/profile")
	a.AssertNoAttackerText(t, page)
	if !strings.Contains(page.Text, "true@example.com") || !strings.Contains(page.Text, "Ada") {
		t.Errorf("the profile lacks the ID token's email address or userinfo's name:\n%s", page.Text)
	}
}

// Userinfo may be a signed JWT (Core 5.3.2). One with a wrong signature, issuer or
// audience is ignored.
func TestUserinfoSigned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change map[string]any                        // of the claims; nil removes one
		sign   func(*authtest.Provider) authtest.Key // nil means the provider's key
		used   bool
	}{
		"valid":             {used: true},
		"several audiences": {change: map[string]any{"aud": []any{"another", authtest.ClientID}, "azp": authtest.ClientID}, used: true},
		"a new key":         {sign: (*authtest.Provider).RotateKeys, used: true},
		"an unknown key":    {sign: func(*authtest.Provider) authtest.Key { return attackerKey }},
		"another issuer":    {change: map[string]any{"iss": "https://evil.example"}},
		"no issuer":         {change: map[string]any{"iss": nil}},
		"another audience":  {change: map[string]any{"aud": "evil"}},
		"no audience":       {change: map[string]any{"aud": nil}},
		"HS256 with the client secret": {sign: func(*authtest.Provider) authtest.Key {
			return authtest.Key{Algorithm: "HS256", Private: []byte(authtest.ClientSecret)}
		}},
		"alg none (RFC 8725 3.2)": {sign: func(*authtest.Provider) authtest.Key { return authtest.Key{Algorithm: "none"} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			claims(handlerstest.DropNames)(a)
			key := a.Provider.SigningKey()
			if c.sign != nil {
				key = c.sign(a.Provider)
			}
			claims := map[string]any{"iss": a.Provider.Issuer(), "aud": authtest.ClientID, "sub": authtest.Ada.Subject, "name": "Countess"}
			maps.Copy(claims, c.change)
			maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
			payload, err := json.Marshal(claims)
			if err != nil {
				t.Fatal(err)
			}
			a.Provider.Handle(authtest.UserinfoEndpoint, authtest.Answer(200, "application/jwt", key.Sign(nil, payload)))
			b := authtest.NewBrowser(t)
			a.AssertSignInWorks(t, b)
			if got := a.UserName(b) == "Countess"; got != c.used {
				t.Errorf("the name is taken from userinfo: got %v, want %v; log:\n%s", got, c.used, a.Log)
			}
		})
	}
}

// A numeric sub in userinfo matches the ID token's sub if the digits are the same.
func TestUserinfoNumericSubject(t *testing.T) {
	t.Parallel()
	for subject, c := range map[string]struct {
		number any
		same   bool
	}{
		"35":               {35, true},
		"36":               {35, false},
		"035":              {35, false},
		"35.5":             {35.5, false},
		"9007199254740993": {9007199254740993, false}, // not representable as a float64
	} {
		a := handlerstest.Start(t)
		a.Provider.EditIDToken(func(_, claims map[string]any) {
			handlerstest.DropNames(claims)
			claims["sub"] = subject
		})
		a.Provider.EditUserinfo(func(claims map[string]any) { claims["sub"] = c.number })
		b := authtest.NewBrowser(t)
		page := a.TrySignIn(b)
		if got := page.StatusCode == http.StatusSeeOther && a.UserName(b) == authtest.Ada.Name(); got != c.same {
			t.Errorf("sub %q and %v: got status %d, signed in %v; want %v", subject, c.number, page.StatusCode, got, c.same)
		}
	}
}
