package oidc

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
)

var errMalformed = errors.New("the answer is malformed")

// quotable returns of an error of an outgoing call what may be in a log. Errors
// of the standard library quote what the other side has sent: a status line, a
// header, a number in JSON. The kinds listed here do not; any other becomes
// errMalformed.
func Quotable(err error) error {
	var call *url.Error
	var member *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &call):
		return &url.Error{Op: call.Op, URL: endpointName(call.URL), Err: Quotable(call.Err)}
	case errors.As(err, &member) && member.Field == "":
		return errors.New("a value is of another type than expected")
	case errors.As(err, &member):
		return fmt.Errorf("the member %q is of another type than expected", member.Field) // the name is that of our own type
	case isQuotable(err):
		return err
	}
	for _, phrase := range quotablePhrases {
		if strings.Contains(err.Error(), phrase) {
			return errors.New(phrase)
		}
	}
	return errMalformed
}

// quotablePhrases are what packages oauth2 and net/http say in errors that have
// no type: the phrase alone is quoted, not what stands around it.
var quotablePhrases = []string{
	"server response missing access_token", "cannot parse json", "cannot parse response", "server response headers exceeded",
	"malformed HTTP", "malformed MIME header", "unsupported transfer encoding", "invalid byte in chunk length", "bad Content-Length",
}

func isQuotable(err error) bool {
	for _, known := range []error{errRedirected, errTooLong, errHTML, context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, known) {
			return true
		}
	}
	var (
		ours        *Error
		answer      *statusError
		network     net.Error
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		syntax      *json.SyntaxError // quotes one character
	)
	return errors.As(err, &ours) || errors.As(err, &answer) || errors.As(err, &network) ||
		errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &syntax)
}

// endpointName is a URL without its user and its query, in which some providers
// keep keys.
func endpointName(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the endpoint"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
