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
	return a.renderHome(w, r, a.page(w, r, session))
}

func (a *app) renderHome(w http.ResponseWriter, r *http.Request, page views.Page) error {
	home := views.Home{Page: page}
	if page.Person == nil {
		home.SignIn = a.hintedSignInCard(r, "/")
		home.SignIn.OfferAnother = page.Notice != nil && page.Notice.SignedOut // the provider may sign the same person in again without asking
	}
	replaceURL(w, r, "/")
	return a.render(w, r, http.StatusOK, views.HomePage(home), "account")
}
