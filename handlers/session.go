package handlers

import (
	"encoding/json"
	"net/http"
	"time"

	"latchkey/auth"
)

// GET /api/auth/session
func (a *app) session(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	if session == nil {
		return writeJSON(w, http.StatusOK, nil)
	}
	return writeJSON(w, http.StatusOK, sessionJSON{session.User, session.Provider, session.Ends.UTC().Format(time.RFC3339)})
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
