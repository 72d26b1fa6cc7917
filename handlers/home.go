package handlers

import (
	"net/http"

	"latchkey/auth"
	"latchkey/views"
)

// GET / shows who is signed in, or the providers to sign in with.
func (a *app) home(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	page := views.Home{Page: a.page(w, r, session)}
	if session == nil {
		page.SignIn = a.hintedSignInCard(r, "/")
	}
	replaceURL(w, "/")
	return a.render(w, r, http.StatusOK, views.HomePage(page), "account")
}
