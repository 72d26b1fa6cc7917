package auth

import (
	"errors"
	"fmt"

	"latchkey/auth/internal/flight"
	"latchkey/auth/internal/oidc"
)

// Code says what went wrong, for the one place that answers it. Its text is
// for logs and never for people.
type Code string

// What can go wrong. The comment says whose turn it is to mend it.
const (
	UnknownProvider      Code = "unknown_provider"       // the link: no such provider is configured
	BadRequest           Code = "bad_request"            // the browser sent something malformed
	StateUnknown         Code = "state_unknown"          // the person: begin again in this browser
	SignOutUnknown       Code = "state_unknown_sign_out" // nobody: back from a sign-out, without the state that would confirm it
	StateExpired         Code = "state_expired"          // the person: begin again, faster
	StateUsed            Code = "state_used"             // the person: this sign-in is over, begin again
	WrongIssuer          Code = "wrong_issuer"           // nobody: likely an attack (RFC 9207)
	Refused              Code = "refused"                // the app's own rule said no; Error.Words says why
	ProviderRefused      Code = "provider_refused"       // the provider answered with an error
	ProviderUnavailable  Code = "provider_unavailable"   // the provider is down or slow
	ProviderFault        Code = "provider_fault"         // the provider sent something that must not be believed
	ClockSkew            Code = "clock_skew"             // whoever runs the server or the provider: set the clock
	Misconfigured        Code = "misconfigured"          // whoever runs the app: client id, secret or issuer
	SignedOutMeanwhile   Code = "signed_out_meanwhile"   // the provider ended this sign-in before it was complete
	SessionEnded         Code = "session_ended"          // the person: sign in again
	SessionUnknown       Code = "session_unknown"        // the person: that session is not theirs, or has ended
	ConfirmationRequired Code = "confirmation_required"  // the person: confirm that it is you
	NotConfirmed         Code = "not_confirmed"          // the provider did not say that the sign-in was fresh
	WrongPerson          Code = "wrong_person"           // somebody else is signed in than the page is of
	NotInGroup           Code = "not_in_group"           // whoever decides on the groups
	StoreUnavailable     Code = "store_unavailable"      // whoever runs the app: the session store
	LogoutTokenInvalid   Code = "logout_token_invalid"   // the sender of a logout token
	Internal             Code = "internal"               // us
)

// Error is every error of this package: what happened, with which provider,
// and the cause. The cause is for the log: it can hold a provider's text, cut
// short, but no secret, token or code.
type Error struct {
	Code     Code
	Provider string // the provider's id; empty where none is concerned
	Words    string // with Refused: what the app's Admit hook says to the person
	Err      error

	CallbackURL string // where the person was heading, for signing in again; may be empty
	Trace       string // how far the sign-in had come, as JSON for the log; empty: it is not known
}

func (e *Error) Error() string {
	text := string(e.Code)
	if e.Provider != "" {
		text += " (" + e.Provider + ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Refuse is what a Config.Admit hook returns to turn someone away. The words
// are shown to the person as they stand, as plain text.
func Refuse(words string) error {
	return &Error{Code: Refused, Words: words, Err: errors.New("the app's Admit hook refused")}
}

func errorf(code Code, provider, format string, args ...any) *Error {
	return &Error{Code: code, Provider: provider, Err: fmt.Errorf(format, args...)}
}

// wrap keeps an *Error as it is and gives any other error a code.
func wrap(code Code, provider string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &Error{Code: code, Provider: provider, Err: err}
}

// codes has the code for each kind of error of the protocol.
var codes = map[oidc.Kind]Code{
	oidc.Unavailable:        ProviderUnavailable,
	oidc.Fault:              ProviderFault,
	oidc.Misconfigured:      Misconfigured,
	oidc.Refused:            ProviderRefused,
	oidc.WrongIssuer:        WrongIssuer,
	oidc.ClockSkew:          ClockSkew,
	oidc.InvalidGrant:       SessionEnded,
	oidc.RefreshRejected:    SessionEnded,
	oidc.InvalidLogoutToken: LogoutTokenInvalid,
	oidc.Internal:           Internal,
}

// fromOIDC gives an error of the protocol its code.
func fromOIDC(err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var protocol *oidc.Error
	if errors.As(err, &protocol) {
		return &Error{Code: codes[protocol.Kind], Provider: protocol.Provider, Err: err}
	}
	var panicked *flight.PanicError
	if errors.As(err, &panicked) {
		return &Error{Code: Internal, Err: err}
	}
	return err
}

// isKind reports whether an error of the protocol is of a kind.
func isKind(err error, kind oidc.Kind) bool {
	var protocol *oidc.Error
	return errors.As(err, &protocol) && protocol.Kind == kind
}

// CodeOf returns the code of an error of this package, or "" for any other error.
func CodeOf(err error) Code {
	var known *Error
	if errors.As(err, &known) {
		return known.Code
	}
	return ""
}
