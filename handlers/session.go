package handlers

import (
	"encoding/json"
	"net/http"
	"time"

	"latchkey/auth"
	"latchkey/views"
)

// GET /api/auth/session returns who is signed in as JSON, or null; for our script, a
// warning that the session is about to end, as a fragment.
func (a *app) session(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil && !wantsFragment(r) {
		return jsonError{err}
	}
	if err != nil {
		return err
	}
	if session == nil {
		return writeJSON(w, http.StatusOK, nil)
	}
	if wantsFragment(r) {
		return a.render(w, r, http.StatusOK, views.ExpiryDialog(a.expiryWarning(r, session)), "")
	}
	return writeJSON(w, http.StatusOK, sessionJSON{session.User, session.Provider, session.ExpiresAt.UTC().Format(time.RFC3339)})
}

// POST /api/auth/session keeps the session alive: the request counts as activity,
// which moves the session's expiry.
func (a *app) keepAlive(w http.ResponseWriter, r *http.Request, _ *auth.Session) error {
	if !fromHTMX(r) {
		return a.redirect(w, r, auth.Redirect{URL: "/"})
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// expiryWarning offers to keep the session alive, or, near its deadline, to sign in
// again.
func (a *app) expiryWarning(r *http.Request, session *auth.Session) views.Expiry {
	e := views.Expiry{Person: *a.person(r, session), At: session.ExpiresAt, Target: ".part"}
	if inAppPage(r) {
		e.Target = "#dialog-part"
	}
	if session.ExpiresAt.Before(session.Deadline) {
		form := a.form(r, a.auth.BasePath()+"/session")
		e.KeepAlive = &form
		return e
	}
	e.SignIn = a.popupSignInCard(r)
	return e
}

// sessionJSON has the shape of Auth.js, with the subject and the provider, and never
// a token.
type sessionJSON struct {
	User     auth.User `json:"user"`
	Provider string    `json:"provider"`
	Expires  string    `json:"expires"`
}

func writeJSON(w http.ResponseWriter, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
	return nil
}
