package auth

import (
	"errors"
	"fmt"
	"net/http"

	"latchkey/auth/internal/flight"
	"latchkey/auth/internal/oidc"
)

// Code says what went wrong. It is for logs and for the choice of a page, and is not
// shown to people.
type Code string

// What can go wrong, and who can fix it.
const (
	UnknownProvider      Code = "unknown_provider"       // the link: no such provider is configured
	BadRequest           Code = "bad_request"            // the browser sent something malformed
	StateUnknown         Code = "state_unknown"          // the person: sign in again in this browser
	SignOutUnknown       Code = "state_unknown_sign_out" // a sign-out came back without its state: it is unconfirmed
	StateExpired         Code = "state_expired"          // the person: sign in again, faster
	StateUsed            Code = "state_used"             // the person: this sign-in is finished, sign in again
	WrongIssuer          Code = "wrong_issuer"           // likely an attack (RFC 9207)
	Refused              Code = "refused"                // the app's Admit hook; Error.Words has the reason
	ProviderRefused      Code = "provider_refused"       // the provider returned an error
	ProviderUnavailable  Code = "provider_unavailable"   // the provider is down or slow
	ProviderFault        Code = "provider_fault"         // the provider sent something that cannot be trusted
	ClockSkew            Code = "clock_skew"             // the operator of the server or the provider: set the clock
	Misconfigured        Code = "misconfigured"          // the operator: client ID, secret or issuer
	SignedOutMeanwhile   Code = "signed_out_meanwhile"   // the provider ended this sign-in before it was complete
	SessionEnded         Code = "session_ended"          // the person: sign in again
	SessionUnknown       Code = "session_unknown"        // the person: that session is not theirs, or has ended
	ConfirmationRequired Code = "confirmation_required"  // the person: confirm the action
	NotConfirmed         Code = "not_confirmed"          // the provider did not say that the sign-in was fresh
	WrongPerson          Code = "wrong_person"           // the page belongs to another person than the one signed in
	NotInGroup           Code = "not_in_group"           // the administrator who assigns the groups
	StoreUnavailable     Code = "store_unavailable"      // the operator: the session store
	LogoutTokenInvalid   Code = "logout_token_invalid"   // the sender of a logout token
	Internal             Code = "internal"               // a fault in this program
)

// HTTPStatus returns the status of a response to a person or a script; 500 for a code
// that this package does not have.
func (c Code) HTTPStatus() int {
	switch c {
	case BadRequest, StateUnknown, SignOutUnknown, StateExpired, StateUsed, WrongIssuer, ProviderRefused, SignedOutMeanwhile, LogoutTokenInvalid:
		return http.StatusBadRequest
	case SessionEnded:
		return http.StatusUnauthorized
	case Refused, ConfirmationRequired, NotConfirmed, NotInGroup:
		return http.StatusForbidden
	case UnknownProvider, SessionUnknown:
		return http.StatusNotFound
	case WrongPerson:
		return http.StatusConflict
	case ProviderFault, ClockSkew, Misconfigured:
		return http.StatusBadGateway
	case ProviderUnavailable, StoreUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Error is every error of this package: what happened, with which provider, and the cause.
// The cause is for the log: it may quote the provider, sanitized, but contains no secret,
// token or code.
type Error struct {
	Code     Code
	Provider string // the provider's id; may be empty
	Words    string // with Refused: what the app's Admit hook says to the person
	Err      error

	CallbackURL string // the page to return to after another sign-in; may be empty
	Trace       string // the steps of the sign-in, as JSON for the log; may be empty
	Logged      bool   // an event has it in the log already, so that the log needs no other line
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

// Refuse returns the error with which a Config.Admit hook turns someone away. The words
// are shown to the person as plain text.
func Refuse(words string) error {
	return &Error{Code: Refused, Words: words, Err: errors.New("the app's Admit hook refused")}
}

func errorf(code Code, provider, format string, args ...any) *Error {
	return &Error{Code: code, Provider: provider, Err: fmt.Errorf(format, args...)}
}

// wrap gives an error a code, unless it has one.
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
	var protocol *oidc.Error
	var panicked *flight.PanicError
	switch {
	case errors.As(err, &protocol):
		return wrap(codes[protocol.Kind], protocol.Provider, err)
	case errors.As(err, &panicked):
		return wrap(Internal, "", err)
	}
	return err
}

// CodeOf returns the code of an error of this package, or "" for any other error.
func CodeOf(err error) Code {
	var known *Error
	if errors.As(err, &known) {
		return known.Code
	}
	return ""
}
