package handlers

import (
	"encoding/json"
	"net/http"
	"time"

	"latchkey/auth"
	"latchkey/views"
)

// GET /api/auth/session
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
		return a.render(w, r, http.StatusOK, views.EndingDialog(a.expiryWarning(r, session)), "")
	}
	return writeJSON(w, http.StatusOK, sessionJSON{session.User, session.Provider, session.ExpiresAt.UTC().Format(time.RFC3339)})
}

// POST /api/auth/session
//
// Someone is still there. That the request came is all there is to it: it
// counts as activity, and so moves the session's end.
func (a *app) keepAlive(w http.ResponseWriter, r *http.Request) error {
	if !fromHTMX(r) {
		return a.redirect(w, r, auth.Redirect{URL: "/"})
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// expiryWarning is the warning that the script shows before a session ends. It asks
// for it by itself, so that this is no activity.
func (a *app) expiryWarning(r *http.Request, session *auth.Session) views.Ending {
	e := views.Ending{Person: *a.person(r, session), At: session.ExpiresAt}
	if session.ExpiresAt.Before(session.Deadline) {
		stay := a.form(r, a.auth.BasePath()+"/session")
		e.Stay = &stay
		return e
	}
	e.SignIn = a.popupSignInCard(r)
	return e
}

// sessionJSON has Auth.js' shape, with the subject and the provider, and
// never a token.
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
