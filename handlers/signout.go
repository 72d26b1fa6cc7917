package handlers

import "net/http"

// POST /api/auth/signout
func (a *app) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	next, err := a.auth.SignOut(r.Context(), r.PostForm.Get("callbackUrl"))
	if err != nil {
		return err
	}
	return a.send(w, r, next)
}
