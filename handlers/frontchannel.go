package handlers

import (
	"net/http"
	"net/url"

	"latchkey/auth"
)

// GET /api/auth/frontchannel-logout/{provider}
//
// The one GET that ends something, as OpenID Connect Front-Channel Logout 1.0
// section 2 has it. The answer is the same whatever came of it, and nothing is
// in it: anybody may frame it, and learns nothing by that.
func (a *app) frontChannelLogout(w http.ResponseWriter, r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(query["iss"]) != 1 || len(query["sid"]) != 1 {
		query = nil
	}
	err = a.auth.FrontChannelLogout(r.Context(), urlParam(r, "provider"), query.Get("iss"), query.Get("sid"))
	if codeOf(err) == auth.UnknownProvider {
		return err
	}
	if err != nil {
		a.logFailure(r, http.StatusServiceUnavailable, err, "")
	}
	allowFraming(w)
	w.WriteHeader(http.StatusOK)
	return nil
}
