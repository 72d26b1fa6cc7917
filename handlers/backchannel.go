package handlers

import (
	"errors"
	"mime"
	"net/http"

	"latchkey/auth"
)

// POST /api/auth/backchannel-logout/{provider}
//
// The answers are those of Back-Channel Logout 1.0 section 2.8: 200, or 400
// with a JSON error, and never cached.
func (a *app) backChannelLogout(w http.ResponseWriter, r *http.Request) error {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	err := r.ParseForm()
	tokens := r.PostForm["logout_token"]
	if err != nil || mediaType != "application/x-www-form-urlencoded" || len(tokens) != 1 {
		err = &auth.Error{Code: auth.LogoutTokenInvalid, Err: errors.New("the request is not a form with one logout_token")}
	} else {
		err = a.auth.BackChannelLogout(r.Context(), urlParam(r, "provider"), tokens[0])
	}
	if err != nil {
		return oauthError{err}
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
