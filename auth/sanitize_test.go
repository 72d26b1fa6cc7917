package auth

import (
	"encoding/base64"
	"strings"
	"testing"
)

// What a provider says in an error may be anything, our own secrets included.
func TestWhatAProviderSaysIsFitForTheLog(t *testing.T) {
	t.Parallel()
	p := &provider{Provider: Provider{ClientID: "the client", ClientSecret: "the secret+"}}
	basic := base64.StdEncoding.EncodeToString([]byte("the+client:the+secret%2B"))
	for _, c := range []struct{ name, text, want string }{
		{"plain words", "invalid_grant The code has expired", "invalid_grant The code has expired"},
		{"the code", "no such code: c0de-c0de", "no such code: [secret]"},
		{"the client secret", "wrong: the secret+", "wrong: [secret]"},
		{"our Authorization header", "wrong: Basic " + basic, "wrong: Basic [secret]"},
		{"a token", "bad: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl", "bad: [token]"},
		{"a token, cut", "bad: eyJhbGciOiJSUzI1NiJ9.eyJz", "bad: [token]"},
		{"line breaks", "one\r\ntwo\x00\x1b[31m", "one  two  [31m"},
		{"empty", "", ""},
		{"endless", strings.Repeat("x", 1<<20), strings.Repeat("x", 200) + "…"},
		{"cut within a letter", strings.Repeat("x", 199) + "ä", strings.Repeat("x", 199) + "…"},
	} {
		if got := p.sanitize(c.text, "c0de-c0de", ""); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
