package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"latchkey/auth"
)

// maxQuery is the longest query of a callback, in bytes: a code and a state together
// stay far below it.
const maxQuery = 8 << 10

// GET /api/auth/callback/{provider} completes a sign-in or a sign-out at the
// provider: it is the redirect URI of both.
func (a *App) callback(w http.ResponseWriter, r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(r.URL.RawQuery) > maxQuery {
		return &auth.Error{Code: auth.BadRequest, Err: errors.New("the query is malformed or too long")}
	}
	next, err := a.auth.Callback(r.Context(), urlParam(r, "provider"), query)
	if err != nil {
		auth.SetCookies(w, next.Cookies)
		return err
	}
	return a.redirect(w, r, next)
}
