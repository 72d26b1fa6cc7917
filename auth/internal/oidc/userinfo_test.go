package oidc

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Userinfo adds only personal claims, replaces none, and never separates a claim from its
// verification.
func TestUserinfoAddsOnlyPersonalClaims(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ idToken, userinfo, want string }{
		"a name":                              {`{"sub":"s"}`, `{"sub":"s","name":"Ada"}`, `{"sub":"s","name":"Ada"}`},
		"another name":                        {`{"name":"Ada"}`, `{"name":"Eve"}`, `{"name":"Ada"}`},
		"a name where it is a number":         {`{"name":7}`, `{"name":"Ada"}`, `{"name":"Ada"}`},
		"a name where it is null":             {`{"name":null}`, `{"name":"Ada"}`, `{"name":"Ada"}`},
		"groups":                              {`{}`, `{"groups":["a"]}`, `{"groups":["a"]}`},
		"groups where there are none":         {`{"groups":[]}`, `{"groups":["a"]}`, `{"groups":[]}`},
		"groups where they are a number":      {`{"groups":7}`, `{"groups":["a"]}`, `{"groups":["a"]}`},
		"a claim of the provider's own":       {`{}`, `{"department":"poetry"}`, `{"department":"poetry"}`},
		"an e-mail address and its proof":     {`{}`, `{"email":"a@b","email_verified":true}`, `{"email":"a@b","email_verified":true}`},
		"proof for another e-mail address":    {`{"email":"victim@corp"}`, `{"email":"mallory@free","email_verified":true}`, `{"email":"victim@corp"}`},
		"proof alone":                         {`{"email":"victim@corp"}`, `{"email_verified":true}`, `{"email":"victim@corp"}`},
		"proof for no address":                {`{}`, `{"email_verified":true}`, `{}`},
		"proof for the same e-mail address":   {`{"email":"a@b"}`, `{"email":"a@b","email_verified":true}`, `{"email":"a@b","email_verified":true}`},
		"proof against the ID token's no":     {`{"email":"a@b","email_verified":false}`, `{"email":"a@b","email_verified":true}`, `{"email":"a@b","email_verified":false}`},
		"an address for the ID token's proof": {`{"email_verified":true}`, `{"email":"mallory@free"}`, `{"email":"mallory@free"}`},
		"both for the ID token's proof":       {`{"email_verified":true}`, `{"email":"a@b","email_verified":false}`, `{"email":"a@b","email_verified":false}`},
		"an address where it is a number":     {`{"email":7,"email_verified":true}`, `{"email":"a@b"}`, `{"email":"a@b"}`},
		"an address that is a number":         {`{"email_verified":true}`, `{"email":7,"email_verified":true}`, `{"email":7}`},
		"proof for another phone number":      {`{"phone_number":"+1"}`, `{"phone_number":"+2","phone_number_verified":true}`, `{"phone_number":"+1"}`},
		"a phone number and its proof":        {`{}`, `{"phone_number":"+2","phone_number_verified":true}`, `{"phone_number":"+2","phone_number_verified":true}`},
	} {
		got := claimsOf(t, c.idToken).with(claimsOf(t, c.userinfo))
		if diff := cmp.Diff(claimsOf(t, c.want), got); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}

// Claims about the token or the sign-in come from the ID token only.
func TestUserinfoSetsNoProtocolClaims(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "azp", "nonce", "at_hash", "c_hash", "sid", "auth_time", "acr", "amr"} {
		if got := (Claims{}).with(Claims{name: "said by userinfo"}); len(got) > 0 {
			t.Errorf("%s: got %v, want nothing added", name, got)
		}
	}
}

// Userinfo is asked where a granted scope promises what the ID token lacks, and
// nowhere else.
func TestUserinfoRequestedForMissingClaims(t *testing.T) {
	t.Parallel()
	const whole = `{"sub":"s","name":"Ada","picture":"https://p.example/a.png","email":"a@b","email_verified":true}`
	for name, c := range map[string]struct {
		scopes  string
		lacking []string // of whole
		more    string   // besides
		want    bool     // whether everything promised is there
	}{
		"everything":                        {"openid profile email", nil, "", true},
		"no name":                           {"openid profile email", []string{"name"}, "", false},
		"a given name":                      {"openid profile email", []string{"name"}, `{"given_name":"Ada"}`, true},
		"no name, and no scope for it":      {"openid", []string{"name"}, "", false},
		"no picture":                        {"openid profile email", []string{"picture"}, "", true},
		"no e-mail address":                 {"openid profile email", []string{"email", "email_verified"}, "", false},
		"no e-mail address, none promised":  {"openid profile", []string{"email", "email_verified"}, "", true},
		"an e-mail address alone":           {"openid profile email", []string{"email_verified"}, "", false},
		"an e-mail address of a wrong type": {"openid profile email", nil, `{"email":["a@b"]}`, false},
		"no phone number":                   {"openid phone", nil, "", false},
		"no address":                        {"openid address", nil, "", false},
		"an address":                        {"openid address", nil, `{"address":{"country":"GB"}}`, true},
		"no groups":                         {"openid groups", nil, "", false},
		"no groups, an empty list":          {"openid groups", nil, `{"groups":[]}`, true},
		"one group":                         {"openid groups", nil, `{"groups":"a"}`, true},
		"groups of a wrong type":            {"openid groups", nil, `{"groups":{"a":true}}`, false},
		"groups, one of a wrong type":       {"openid groups", nil, `{"groups":["a",7]}`, true},
		"no roles":                          {"openid roles", nil, "", false},
	} {
		read := claimsOf(t, whole)
		for _, lacking := range c.lacking {
			delete(read, lacking)
		}
		if c.more != "" {
			if err := json.Unmarshal([]byte(c.more), &read); err != nil {
				t.Fatal(err)
			}
		}
		if got := read.complete(strings.Fields(c.scopes)); got != c.want {
			t.Errorf("%s: got complete %t, want %t", name, got, c.want)
		}
	}
}
