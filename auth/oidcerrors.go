package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"

	"latchkey/auth/internal/flight"
)

// errKind says what went wrong.
type errKind string

// The kinds of errors.
const (
	kindUnavailable        errKind = "unavailable"          // the provider is down or slow
	kindFault              errKind = "fault"                // the provider sent something that cannot be trusted
	kindMisconfigured      errKind = "misconfigured"        // the client ID, the secret or the issuer is wrong
	kindRefused            errKind = "refused"              // the provider answered with an error
	kindCanceled           errKind = "canceled"             // the person canceled at the provider
	kindWrongIssuer        errKind = "wrong_issuer"         // the response is another provider's (RFC 9207)
	kindClockSkew          errKind = "clock_skew"           // our clock and the provider's differ
	kindInvalidGrant       errKind = "invalid_grant"        // the refresh token is revoked or expired (RFC 6749 section 5.2)
	kindRefreshRejected    errKind = "refresh_rejected"     // the refresh request fails, and would fail again
	kindInvalidLogoutToken errKind = "invalid_logout_token" // Back-Channel Logout 1.0 section 2.6
	kindInternal           errKind = "internal"             // a fault of ours
)

// oidcError is what went wrong, with which provider, and the cause. The text may quote
// the provider, sanitized; it contains no secret, token or code.
type oidcError struct {
	Kind     errKind
	Provider string // the provider's id
	Err      error
}

func (e *oidcError) Error() string { return e.Err.Error() }

func (e *oidcError) Unwrap() error { return e.Err }

// errorf returns an error of a kind that names this provider.
func (p *oidcProvider) errorf(kind errKind, format string, args ...any) error {
	return &oidcError{kind, p.ID, fmt.Errorf(format, args...)}
}

// wrap gives an error a kind and this provider's name, unless it has them.
func (p *oidcProvider) wrap(kind errKind, err error) error {
	var known *oidcError
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &oidcError{kind, p.ID, err}
}

// kindOf returns the kind of an error. An error of an outgoing call without a kind is
// kindUnavailable without a response, or with a status from 500, and kindFault otherwise.
func kindOf(err error) errKind {
	var known *oidcError
	var answer *statusError
	var panicked *flight.PanicError
	switch {
	case errors.As(err, &known):
		return known.Kind
	case errors.As(err, &panicked):
		return kindInternal
	case unreachable(err), errors.As(err, &answer) && answer.Status >= http.StatusInternalServerError:
		return kindUnavailable
	}
	return kindFault
}

// unreachable reports whether a call failed without a response. http.Client
// returns every error as a net.Error, also that of a response which it refuses.
func unreachable(err error) bool {
	var network net.Error
	return !errors.Is(err, errRedirected) && !errors.Is(err, errTooLong) && !untrustedCertificate(err) &&
		(errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.As(err, &network))
}

// untrustedCertificate reports whether the server's certificate does not verify.
// Unlike a network error, that does not pass by itself.
func untrustedCertificate(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate)
}
