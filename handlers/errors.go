package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"latchkey/auth"
	"latchkey/views"
)

// What goes wrong before package auth is asked. They are auth.Errors too, so
// that one table has the words for everything.
const (
	codeNotFound         auth.Code = "not_found"
	codeMethodNotAllowed auth.Code = "method_not_allowed"
	codeSignInRequired   auth.Code = "sign_in_required"
	codeCrossOrigin      auth.Code = "cross_origin"
	codeTooManySignIns   auth.Code = "too_many_sign_ins"
	codeTooManySignOuts  auth.Code = "too_many_sign_outs"
	codeTooLarge         auth.Code = "too_large"
)

var (
	errNotFound         = &auth.Error{Code: codeNotFound}
	errMethodNotAllowed = &auth.Error{Code: codeMethodNotAllowed}
	errSignInRequired   = &auth.Error{Code: codeSignInRequired}
	errCrossOrigin      = &auth.Error{Code: codeCrossOrigin}
	errTooManySignIns   = &auth.Error{Code: codeTooManySignIns}
	errTooManySignOuts  = &auth.Error{Code: codeTooManySignOuts}
	errUnknownAction    = errors.New("no such action needs a confirmation")
	errBadQuery         = errors.New("the query is malformed or too long")
)

func notFound(http.ResponseWriter, *http.Request) error { return errNotFound }

func formError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &auth.Error{Code: codeTooLarge, Err: err}
	}
	return &auth.Error{Code: auth.BadRequest, Err: err}
}

// codeOf is the code of an error of package auth; empty for others and for nil.
func codeOf(err error) auth.Code {
	var known *auth.Error
	if errors.As(err, &known) {
		return known.Code
	}
	return ""
}

// oauthError is answered in the JSON form of RFC 6749 section 5.2, for a
// caller that is a program.
type oauthError struct{ error }

func (e oauthError) Unwrap() error { return e.error }

// jsonError is answered in JSON whatever the request accepts, by a route that
// has no pages.
type jsonError struct{ error }

func (e jsonError) Unwrap() error { return e.error }

// respondError is the one place where an error becomes an answer: it decides status,
// words, log line and shape.
func (a *app) respondError(w http.ResponseWriter, r *http.Request, err error) {
	var known *auth.Error
	if !errors.As(err, &known) {
		known = &auth.Error{Code: auth.Internal, Err: err}
	}
	said := a.messageFor(known)
	a.logFailure(r, said.status, err, known.Trace)
	if said.retryAfter != "" {
		w.Header().Set("Retry-After", said.retryAfter)
	}
	var forProgram oauthError
	var forScript jsonError
	switch {
	case errors.As(err, &forProgram):
		writeJSON(w, said.oauthStatus(), map[string]string{"error": said.oauthCode(), "error_description": said.What})
	case wantsJSON(r) || errors.As(err, &forScript):
		writeJSON(w, said.status, map[string]string{"error": string(known.Code), "message": said.What, "reference": reference(r.Context())})
	case said.status == http.StatusUnauthorized && wantsSmallFragment(r):
		a.fallback(w, r, said, a.signInDialog(w, r))
	default:
		a.fallback(w, r, said, a.errorPage(w, r, said, known))
	}
}

func (a *app) errorPage(w http.ResponseWriter, r *http.Request, said message, known *auth.Error) error {
	f := said.Failure
	f.Page = a.basePage()
	f.Title = f.Heading
	f.Reference = reference(r.Context())
	if said.offerSignIn {
		card := a.signInCard(r, known.CallbackURL)
		card.Another = known.Code == auth.Refused // the provider would send the same person again, unasked
		for i, door := range card.Buttons {
			if door.Name == a.auth.ProviderName(known.Provider) {
				card.Buttons[i].Warning = "" // the page itself says it
			}
		}
		f.SignIn = &card
	}
	retargetMain(w)
	return a.render(w, r, said.status, views.ErrorPage(f), "error")
}

// fallback answers in plain text where not even an error page could be made.
func (a *app) fallback(w http.ResponseWriter, r *http.Request, said message, err error) {
	if err != nil {
		a.log.Error("the error page could not be rendered", "error", err, "reference", reference(r.Context()))
		http.Error(w, said.Heading, said.status)
	}
}

// logFailure writes the true cause under the reference that the person reads.
// What is ours to mend is an error; what people and strangers do is not.
func (a *app) logFailure(r *http.Request, status int, err error, trace string) {
	level := slog.LevelInfo
	switch {
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		level = slog.LevelDebug // the browser went away
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case status != http.StatusNotFound && status != http.StatusUnauthorized:
		level = slog.LevelWarn
	}
	fields := []any{"status", status, "error", err, "method", knownMethod(r), "route", routeName(r), "reference", reference(r.Context())}
	if trace != "" {
		fields = append(fields, "steps", json.RawMessage(trace)) // how far the sign-in had come
	}
	a.log.Log(r.Context(), level, "answered with an error", fields...)
}
