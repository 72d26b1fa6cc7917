package handlers

import (
	"net/http"

	"latchkey/auth"
	"latchkey/views"
)

// GET /
func (a *app) home(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	page := views.Home{Page: a.page(w, r, session)}
	if session == nil {
		page.SignIn = a.expectedSignIn(r, "/")
	}
	replaceURL(w, "/")
	return a.render(w, r, http.StatusOK, views.HomePage(page), "account")
}
