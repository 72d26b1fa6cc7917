package handlers

import (
	"net/http"
	"net/url"

	"latchkey/auth"
)

// maxQuery is the longest query of a callback that is read, in bytes: codes
// and states together stay far below it.
const maxQuery = 8 << 10

// GET /api/auth/callback/{provider}
func (a *app) callback(w http.ResponseWriter, r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(r.URL.RawQuery) > maxQuery {
		return &auth.Error{Code: auth.BadRequest, Err: errBadQuery}
	}
	next, err := a.auth.Callback(r.Context(), urlParam(r, "provider"), query)
	if err != nil {
		setCookies(w, next.Cookies)
		return err
	}
	return a.redirect(w, r, next)
}
