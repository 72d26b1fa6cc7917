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

// Codes of errors outside package auth. They are auth.Codes too, so that one table
// has the texts of all errors.
const (
	codeNotFound         auth.Code = "not_found"
	codeMethodNotAllowed auth.Code = "method_not_allowed"
	codeSignInRequired   auth.Code = "sign_in_required"
	codeCrossOrigin      auth.Code = "cross_origin"
	codeTooManySignIns   auth.Code = "too_many_sign_ins"
	codeTooManySignOuts  auth.Code = "too_many_sign_outs"
	codeTooLarge         auth.Code = "too_large"
)

func newError(code auth.Code) error { return &auth.Error{Code: code} }

func formError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &auth.Error{Code: codeTooLarge, Err: err}
	}
	return &auth.Error{Code: auth.BadRequest, Err: err}
}

// oauthError is answered in the JSON format of RFC 6749 section 5.2, for a caller that
// is a program.
type oauthError struct{ error }

func (e oauthError) Unwrap() error { return e.error }

// jsonError is answered in JSON, whatever the request accepts, since the route has no
// pages.
type jsonError struct{ error }

func (e jsonError) Unwrap() error { return e.error }

// respondError is the one place where an error becomes a response: it chooses
// status, text, log line and format.
func (a *App) respondError(w http.ResponseWriter, r *http.Request, err error) {
	known, ok := errors.AsType[*auth.Error](err)
	if !ok {
		known = &auth.Error{Code: auth.Internal, Err: err}
	}
	m := a.messageFor(known)
	a.logFailure(r, m.status, err)
	if m.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	_, forProgram := errors.AsType[oauthError](err)
	_, forScript := errors.AsType[jsonError](err)
	switch {
	case forProgram:
		err = writeJSON(w, m.status, map[string]string{"error": m.oauthCode(), "error_description": m.What})
	case wantsJSON(r) || forScript:
		err = writeJSON(w, m.status, map[string]string{"error": string(known.Code), "message": m.What, "reference": auth.Reference(r.Context())})
	case m.status == http.StatusUnauthorized && wantsSmallFragment(r):
		err = a.signInDialog(w, r)
	default:
		err = a.errorPage(w, r, m, known)
	}
	if err != nil { // templ's, when the client has disconnected
		http.Error(w, m.Heading, m.status)
	}
}

func (a *App) errorPage(w http.ResponseWriter, r *http.Request, m message, known *auth.Error) error {
	f := m.Failure
	f.Page = views.Page{Site: a.site}
	f.Reference = auth.Reference(r.Context())
	if m.offerSignIn {
		card := a.signInCard(r, known.CallbackURL)
		card.Another = known.Code == auth.Refused // otherwise the provider may return the same user without asking
		card.InPopup = inAppPage(r)
		f.SignIn = &card
	}
	retarget(w, r)
	if inAppPage(r) {
		return a.render(w, r, m.status, views.ErrorDialog(f), "")
	}
	return a.render(w, r, m.status, views.ErrorPage(f), "error")
}

// logFailure logs the cause, with the reference that the person reads. It logs at
// level error what the operator must fix, and below that what clients do. What is in
// the log already is not repeated.
func (a *App) logFailure(r *http.Request, status int, err error) {
	known, ok := errors.AsType[*auth.Error](err)
	if ok && known.Logged {
		return
	}
	level := slog.LevelInfo
	switch {
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		level = slog.LevelDebug // the client disconnected
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case status != http.StatusNotFound && status != http.StatusUnauthorized:
		level = slog.LevelWarn
	}
	fields := []any{"status", status, "error", err, "method", knownMethod(r), "route", routeName(r), "reference", auth.Reference(r.Context())}
	if ok && known.Trace != "" {
		fields = append(fields, "steps", json.RawMessage(known.Trace)) // the sign-in's timeline so far
	}
	a.log.Log(r.Context(), level, "request failed", fields...)
}
