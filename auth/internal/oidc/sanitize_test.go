package oidc

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
)

// What a provider says in an error may be anything, our own secrets included.
func TestProviderTextIsSanitizedForTheLog(t *testing.T) {
	t.Parallel()
	p := &Provider{Config: Config{ClientID: "the client", ClientSecret: "the secret+"}}
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

// What the other side of an outgoing call has sent can be in any error of the
// standard library; the log names the cause without it.
func TestCallErrorsQuoteNothing(t *testing.T) {
	t.Parallel()
	call := func(err error) error {
		return &url.Error{Op: "Get", URL: "https://user:secret@idp.example.com/keys?api_key=secret#secret", Err: err}
	}
	var number struct {
		Life int `json:"expires_in"`
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"a status line", call(fmt.Errorf("net/http: malformed HTTP response %q", "secret")), `Get "https://idp.example.com/keys": the response is malformed`},
		{"anything else", call(errors.New("secret")), `Get "https://idp.example.com/keys": the response is malformed`},
		{"a number in JSON", json.Unmarshal([]byte(`{"expires_in":5e999}`), &number), "a value has an unexpected type"},
		{"text around a cause", fmt.Errorf("malformed MIME header: secret"), "the response is malformed"},
		{"a connection", call(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}), `Get "https://idp.example.com/keys": dial tcp: connection refused`},
		{"a certificate", call(&tls.CertificateVerificationError{Err: errors.New("x509: certificate is valid for \x1b[2J\nok, not idp.example.com")}), `Get "https://idp.example.com/keys": tls: failed to verify certificate: x509: certificate is valid for  [2J ok, not idp.example.com`},
		{"a long URL", &url.Error{Op: "Get", URL: "https://idp.example.com/" + strings.Repeat("x", 1<<20), Err: io.EOF}, `Get "https://idp.example.com/` + strings.Repeat("x", 176) + `…": EOF`},
		{"a long host", call(&net.DNSError{Err: "no such host", Name: strings.Repeat("x", 1<<20)}), `Get "https://idp.example.com/keys": lookup ` + strings.Repeat("x", 193) + `…`},
		{"a status at a long URL", &statusError{"https://idp.example.com/" + strings.Repeat("x", 1<<20), 500}, `https://idp.example.com/` + strings.Repeat("x", 176) + `… answered 500 Internal Server Error`},
		{"half an answer", call(io.ErrUnexpectedEOF), `Get "https://idp.example.com/keys": unexpected EOF`},
	} {
		got := Quotable(c.err).Error()
		if got != c.want || strings.Contains(got, "secret") {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
