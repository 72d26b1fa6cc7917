package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
)

// What the other side of an outgoing call has sent can be in any error of the
// standard library; the log names the cause without it.
func TestErrorsOfCallsQuoteNothing(t *testing.T) {
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
		{"a status line", call(fmt.Errorf("net/http: malformed HTTP response %q", "secret")), `Get "https://idp.example.com/keys": malformed HTTP`},
		{"anything else", call(errors.New("secret")), `Get "https://idp.example.com/keys": the answer is malformed`},
		{"a number in JSON", json.Unmarshal([]byte(`{"expires_in":5e999}`), &number), `the member "expires_in" is of another type than expected`},
		{"text around a cause", fmt.Errorf("cannot parse json: secret"), "cannot parse json"},
		{"a connection", call(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}), `Get "https://idp.example.com/keys": dial tcp: connection refused`},
		{"half an answer", call(io.ErrUnexpectedEOF), `Get "https://idp.example.com/keys": unexpected EOF`},
	} {
		got := quotable(c.err).Error()
		if got != c.want || strings.Contains(got, "secret") {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
