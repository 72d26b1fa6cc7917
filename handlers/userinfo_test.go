package handlers_test

import (
	"encoding/json"
	"maps"
	"testing"

	"latchkey/auth/authtest"
)

// A provider may be set to sign its userinfo (Core 5.3.2). What is not signed by
// it, or not for us, adds nothing, and keeps nobody out.
func TestUserinfoThatIsSigned(t *testing.T) {
	t.Parallel()
	foreign := authtest.NewKey("RS256")
	for name, c := range map[string]struct {
		change map[string]any                        // of the claims; nil takes one away
		sign   func(*authtest.Provider) authtest.Key // nil: the provider's own key
		used   bool
	}{
		"as it should be":     {used: true},
		"for several":         {change: map[string]any{"aud": []any{"another", authtest.ClientID}, "azp": authtest.ClientID}, used: true},
		"by a new key":        {sign: (*authtest.Provider).RotateKeys, used: true},
		"by a key of nobody":  {sign: func(*authtest.Provider) authtest.Key { return foreign }},
		"from another issuer": {change: map[string]any{"iss": "https://evil.example"}},
		"from nobody":         {change: map[string]any{"iss": nil}},
		"for another client":  {change: map[string]any{"aud": "evil"}},
		"for nobody":          {change: map[string]any{"aud": nil}},
		"with the client's secret": {sign: func(*authtest.Provider) authtest.Key {
			return authtest.Key{Algorithm: "HS256", Private: []byte(authtest.ClientSecret)}
		}},
		"by nobody (RFC 8725, 3.2)": {sign: func(*authtest.Provider) authtest.Key { return authtest.Key{Algorithm: "none"} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			claims(nameless)(a)
			key := a.Provider.SigningKey()
			if c.sign != nil {
				key = c.sign(a.Provider)
			}
			told := map[string]any{"iss": a.Provider.Issuer(), "aud": authtest.ClientID, "sub": authtest.Ada.Subject, "name": "Countess"}
			maps.Copy(told, c.change)
			maps.DeleteFunc(told, func(_ string, value any) bool { return value == nil })
			payload, err := json.Marshal(told)
			if err != nil {
				t.Fatal(err)
			}
			a.Provider.Handle(authtest.UserinfoEndpoint, authtest.Answer(200, "application/jwt", key.Sign(nil, payload)))
			b := authtest.NewBrowser(t)
			a.signsIn(t, b)
			if got := a.person(b) == "Countess"; got != c.used {
				t.Errorf("the name is taken from userinfo: got %v, want %v; log:\n%s", got, c.used, a.Log)
			}
		})
	}
}

// Signed or not, userinfo of somebody else ends the sign-in.
func TestUserinfoThatIsSignedForAnother(t *testing.T) {
	t.Parallel()
	attack{"5.3.2, another sub", func(a *app) {
		claims(nameless)(a)
		payload := `{"iss":"` + a.Provider.Issuer() + `","aud":"` + authtest.ClientID + `","sub":"evil"}`
		a.Provider.Handle(authtest.UserinfoEndpoint, authtest.Answer(200, "application/jwt", a.Provider.SigningKey().Sign(nil, []byte(payload))))
	}, fault("the userinfo endpoint's sub is not the ID token's")}.run(t)
}
