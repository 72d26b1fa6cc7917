package oidc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"

	"latchkey/auth/internal/flight"
)

// Kind says what went wrong.
type Kind string

// The kinds of errors.
const (
	Unavailable        Kind = "unavailable"          // the provider is down or slow
	Fault              Kind = "fault"                // the provider sent something that cannot be trusted
	Misconfigured      Kind = "misconfigured"        // the client ID, the secret or the issuer is wrong
	Refused            Kind = "refused"              // the provider answered with an error
	Canceled           Kind = "canceled"             // the person canceled at the provider
	WrongIssuer        Kind = "wrong_issuer"         // the response is another provider's (RFC 9207)
	ClockSkew          Kind = "clock_skew"           // our clock and the provider's differ
	InvalidGrant       Kind = "invalid_grant"        // the refresh token is revoked or expired (RFC 6749 section 5.2)
	RefreshRejected    Kind = "refresh_rejected"     // the refresh request fails, and would fail again
	InvalidLogoutToken Kind = "invalid_logout_token" // Back-Channel Logout 1.0 section 2.6
	Internal           Kind = "internal"             // a fault in this program
)

// Error is what went wrong, with which provider, and the cause. The text may quote
// the provider, sanitized; it contains no secret, token or code.
type Error struct {
	Kind     Kind
	Provider string // the provider's id
	Err      error
}

func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// errorf returns an error of a kind that names this provider.
func (p *Provider) errorf(kind Kind, format string, args ...any) error {
	return &Error{kind, p.ID, fmt.Errorf(format, args...)}
}

// wrap gives an error a kind and this provider's name, unless it has them.
func (p *Provider) wrap(kind Kind, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &Error{kind, p.ID, err}
}

// IsKind reports whether an error of this package is of a kind.
func IsKind(err error, kind Kind) bool {
	var known *Error
	return errors.As(err, &known) && known.Kind == kind
}

// kindOf returns the kind of an error. An outgoing call's error that has none is
// Unavailable if there is no response or its status is 429, 500 or more, and Fault otherwise.
func kindOf(err error) Kind {
	var known *Error
	var answer *statusError
	var panicked *flight.PanicError
	switch {
	case errors.As(err, &known):
		return known.Kind
	case errors.As(err, &panicked):
		return Internal
	case unreachable(err), errors.As(err, &answer) && (answer.Status >= http.StatusInternalServerError || answer.Status == http.StatusTooManyRequests):
		return Unavailable
	}
	return Fault
}

// unreachable reports whether a call failed without a response. http.Client returns every
// error as a net.Error, even if it refused a response.
func unreachable(err error) bool {
	var network net.Error
	return !errors.Is(err, errRedirected) && !errors.Is(err, errTooLong) && !untrustedCertificate(err) &&
		(errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.As(err, &network))
}

// untrustedCertificate reports whether the server's certificate does not verify.
// Unlike a network error, that remains until someone changes it.
func untrustedCertificate(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate)
}
