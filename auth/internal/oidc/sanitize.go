package oidc

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Text from outside gets into a log line or a page only through this file, and only if an
// allowlist names it.

const maxSanitized = 200 // bytes

// jwt matches anything that could be a token, whole or cut.
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)*`)

// Sanitize makes text printable and short, and replaces secrets that it may repeat.
func Sanitize(text string, secrets ...string) string {
	return Cut(Printable(text, secrets...), maxSanitized)
}

// Printable is Sanitize for text of any length.
func Printable(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[secret]")
			text = strings.ReplaceAll(text, url.QueryEscape(secret), "[secret]")
		}
	}
	text = jwt.ReplaceAllString(text, "[token]")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}

// sanitize is for the response to a request with our credentials, which some providers repeat.
func (p *Provider) sanitize(text string, secrets ...string) string {
	credentials := url.QueryEscape(p.ClientID) + ":" + url.QueryEscape(p.ClientSecret) // RFC 6749 section 2.3.1
	return Sanitize(text, append(secrets, p.ClientSecret, base64.StdEncoding.EncodeToString([]byte(credentials)))...)
}

// Cut shortens text to a number of bytes, without splitting a character.
func Cut(text string, length int) string {
	if len(text) <= length {
		return text
	}
	return strings.ToValidUTF8(text[:length], "") + "…"
}

// ParameterNames are the parameters of OAuth and OpenID Connect whose names are shown. Any
// other name may itself be a secret.
var ParameterNames = []string{
	"code", "state", "nonce", "code_challenge", "iss", "sub", "exp", "iat", "at_hash", "scope", "session_state", "access_token", "id_token",
	"refresh_token", "token_type", "expires_in", "error", "error_description", "error_uri", "response", "request", "request_uri", "claims",
	"id_token_hint", "resource",
}

// ParameterName returns a parameter's name for a log line.
func ParameterName(name string) string {
	if slices.Contains(ParameterNames, name) {
		return name
	}
	return "an unknown parameter"
}

// DescribeError returns the error in an authorization response (Core 3.1.2.6). Its text may
// repeat the other parameters.
func DescribeError(response url.Values) string {
	return Sanitize(response.Get("error")+" "+response.Get("error_description"), OtherValues(response)...)
}

// OtherValues returns the values of an authorization response that must not be in its error
// texts. Short ones are words, such as "error" or "1".
func OtherValues(response url.Values) []string {
	var others []string
	for name, values := range response {
		if name != "error" && name != "error_description" {
			others = append(others, values...)
		}
	}
	return slices.DeleteFunc(others, func(value string) bool { return len(value) < 6 })
}

var errMalformed = errors.New("the response is malformed")

// sanitizedError is an error with a text that may repeat what a server chose, such as the
// names in its certificate.
type sanitizedError struct{ error }

func (e sanitizedError) Error() string { return Sanitize(e.error.Error()) }

func (e sanitizedError) Unwrap() error { return e.error }

// Quotable returns the part of an outgoing call's error that may be logged. Errors of the
// standard library quote what the server sent: a status line, a header, a number in
// JSON. The kinds listed here do not; any other becomes errMalformed.
func Quotable(err error) error {
	var call *url.Error
	var member *json.UnmarshalTypeError
	var ours *Error
	var answer *statusError
	var sanitized sanitizedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &call): // before what it wraps
		return &url.Error{Op: call.Op, URL: endpointName(call.URL), Err: Quotable(call.Err)}
	case errors.As(err, &ours), errors.As(err, &answer), errors.As(err, &sanitized):
		return err
	case errors.As(err, &member):
		return errors.New("a value has an unexpected type")
	case isQuotable(err):
		return sanitizedError{err}
	}
	return errMalformed
}

func isQuotable(err error) bool {
	for _, known := range []error{errRedirected, errTooLong, errHTML, context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, known) {
			return true
		}
	}
	var (
		network     net.Error
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		syntax      *json.SyntaxError // quotes a single character
	)
	return errors.As(err, &network) || errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &syntax)
}

// endpointName returns a URL without its user and query, which with some providers contain
// keys.
func endpointName(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the endpoint"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return Sanitize(u.String())
}
