package oidc

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// FuzzToken checks that every token that parses has our client ID in its audience.
func FuzzToken(f *testing.F) {
	p := newTestProvider("https://idp.example")
	for _, payload := range []string{
		`{"aud":["latchkey"],"events":{}}`, `{"aud":"latchkey","aud":"evil"}`, `{"aud":"latchkey","exp":1e300,"iat":-1}`, `[]`, `null`, `{"aud":[1]}`, `{`,
	} {
		f.Add("e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".e30")
	}
	f.Add("..")
	f.Add(strings.Repeat(".", 5000))
	f.Fuzz(func(t *testing.T, raw string) {
		read, err := p.parseToken(raw)
		if err != nil {
			return
		}
		if audience, _ := read.List("aud"); !slices.Contains(audience, p.ClientID) || !json.Valid(read.payload) {
			t.Fatalf("the token %q parses with aud %q", raw, audience)
		}
		checkLogoutType(raw)
		checkLogoutClaims(read.Claims)
		p.checkLogoutTimes(read.Claims)
	})
}
