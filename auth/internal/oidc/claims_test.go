package oidc

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func claimsOf(tb testing.TB, object string) Claims {
	tb.Helper()
	var c Claims
	if err := json.Unmarshal([]byte(object), &c); err != nil {
		tb.Fatal(err)
	}
	return c
}

// A claim of another type counts as absent. It fails nothing, and is never a name.
func TestClaimsOfWrongTypeAreIgnored(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		object, name, picture string
	}{
		"as they should be":           {`{"sub":"s","name":"Ada Lovelace","email_verified":true}`, "Ada Lovelace", ""},
		"a numeric email_verified":    {`{"sub":"s","name":"Ada","email_verified":1}`, "Ada", ""},
		"email_verified in words":     {`{"sub":"s","name":"Ada","email_verified":"true"}`, "Ada", ""},
		"an address in one line":      {`{"sub":"s","name":"Ada","address":"London"}`, "Ada", ""},
		"a strange locale":            {`{"sub":"s","name":"Ada","locale":["en",7]}`, "Ada", ""},
		"a numeric name":              {`{"sub":"s","name":7,"given_name":"Ada"}`, "Ada", ""},
		"a null name":                 {`{"sub":"s","name":null,"username":"ada"}`, "ada", ""},
		"a blank name":                {`{"sub":"s","name":"  ","preferred_username":"ada"}`, "ada", ""},
		"given and family name":       {`{"sub":"s","given_name":"Ada","family_name":"Lovelace"}`, "Ada Lovelace", ""},
		"a family name alone":         {`{"sub":"s","family_name":"Lovelace"}`, "Lovelace", ""},
		"preferred before user name":  {`{"sub":"s","username":"b","preferred_username":"a"}`, "a", ""},
		"an e-mail address":           {`{"sub":"s","email":"ada@example.com"}`, "ada@example.com", ""},
		"nothing but sub":             {`{"sub":"s"}`, "s", ""},
		"nothing":                     {`{}`, "", ""},
		"names in another case":       {`{"sub":"s","Name":"Eve","NAME":"Eve"}`, "s", ""},
		"a picture":                   {`{"sub":"s","picture":"https://pictures.example/a.png"}`, "s", "https://pictures.example/a.png"},
		"a picture by plain http":     {`{"sub":"s","picture":"http://pictures.example/a.png"}`, "s", ""},
		"a picture that is a script":  {`{"sub":"s","picture":"javascript:alert(1)"}`, "s", ""},
		"a picture that is data":      {`{"sub":"s","picture":"data:image/svg+xml,<svg/>"}`, "s", ""},
		"a picture without a host":    {`{"sub":"s","picture":"https:///a.png"}`, "s", ""},
		"a picture that is an object": {`{"sub":"s","picture":{"url":"https://pictures.example"}}`, "s", ""},
	} {
		read := claimsOf(t, c.object)
		if got := read.Name(); got != c.name {
			t.Errorf("%s: got name %q, want %q", name, got, c.name)
		}
		if got := read.Picture(); got != c.picture {
			t.Errorf("%s: got picture %q, want %q", name, got, c.picture)
		}
	}
}

func TestClaimsWithLists(t *testing.T) {
	t.Parallel()
	for object, want := range map[string]struct {
		list []string
		ok   bool
	}{
		`{"aud":"a"}`:         {[]string{"a"}, true},
		`{"aud":["a","b"]}`:   {[]string{"a", "b"}, true},
		`{"aud":["a",1]}`:     {[]string{"a"}, false},
		`{"aud":[["a"]]}`:     {nil, false},
		`{"aud":{"a":"a"}}`:   {nil, false},
		`{"aud":1}`:           {nil, false},
		`{"aud":null}`:        {nil, false},
		`{}`:                  {nil, false},
		`{"aud":["a", null]}`: {[]string{"a"}, false},
	} {
		got, ok := claimsOf(t, object).List("aud")
		if diff := cmp.Diff(want.list, got); diff != "" || ok != want.ok {
			t.Errorf("%s: got %v, %t; want -, got +\n%s", object, got, ok, diff)
		}
	}
}

func TestClaimsWithTimes(t *testing.T) {
	t.Parallel()
	for object, want := range map[string]time.Time{
		`{"exp":1700000000}`:    time.Unix(1700000000, 0),
		`{"exp":1700000000.5}`:  time.UnixMilli(1700000000500),
		`{"exp":1.7e9}`:         time.Unix(1700000000, 0),
		`{"exp":-1}`:            time.Unix(-1, 0),
		`{"exp":"1700000000"}`:  {},
		`{"exp":1e300}`:         {},
		`{"exp":-1e300}`:        {},
		`{"exp":null}`:          {},
		`{"exp":[1700000000]}`:  {},
		`{"EXP":1700000000}`:    {},
		`{"exp":9007199254740}`: {},
	} {
		got, ok := claimsOf(t, object).Time("exp")
		if !got.Equal(want) || ok == want.IsZero() {
			t.Errorf("%s: got %v, %t; want %v", object, got, ok, want)
		}
	}
}

// What the app sees is about the person; what is about the token stays here.
func TestPersonalClaims(t *testing.T) {
	t.Parallel()
	c := claimsOf(t, `{"sub":"s","name":"Ada","groups":["a"],"nonce":"n","at_hash":"h","sid":"x","aud":"c","iss":"i","exp":1,"iat":1,"jti":"j","azp":"c"}`)
	want := Claims{"sub": "s", "name": "Ada", "groups": []any{"a"}}
	if diff := cmp.Diff(want, c.Personal()); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	if c.Text("nonce") != "n" {
		t.Error("the claims themselves have lost their nonce")
	}
}
