package handlers

import (
	"errors"
	"mime"
	"net/http"
	"net/url"

	"latchkey/auth"
)

// POST /api/auth/backchannel-logout/{provider} ends the sessions that a logout token
// from the provider names.
//
// The responses are those of OpenID Connect Back-Channel Logout 1.0 section 2.8:
// 200, or 400 with a JSON error, and never cached.
func (a *App) backChannelLogout(w http.ResponseWriter, r *http.Request) error {
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

// GET /api/auth/frontchannel-logout/{provider} ends the session that the provider's
// sign-out page names by issuer and session id.
//
// It is the one GET that changes something, as OpenID Connect Front-Channel Logout
// 1.0 section 2 specifies. The response is empty and always the same, so that a page
// that frames it learns nothing.
func (a *App) frontChannelLogout(w http.ResponseWriter, r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(query["iss"]) != 1 || len(query["sid"]) != 1 {
		query = nil
	}
	err = a.auth.FrontChannelLogout(r.Context(), urlParam(r, "provider"), query.Get("iss"), query.Get("sid"))
	if auth.CodeOf(err) == auth.UnknownProvider {
		return err
	}
	if err != nil {
		a.logFailure(r, http.StatusServiceUnavailable, err)
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors *")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	w.WriteHeader(http.StatusOK)
	return nil
}
