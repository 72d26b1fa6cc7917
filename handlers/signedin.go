package handlers

import (
	"net/http"

	"latchkey/auth"
	"latchkey/views"
)

const signedInURL = "/signed-in"

// GET /signed-in
//
// Where a sign-in in a window of its own ends, which closes itself.
func (a *app) signedIn(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	return a.render(w, r, http.StatusOK, views.SignedInPage(a.page(w, r, session)), "signed-in")
}

// popupSignInCard offers every provider, each in a window beside the page.
func (a *app) popupSignInCard(r *http.Request) views.SignIn {
	card := a.signInCard(r, signedInURL)
	card.InPopup = true
	return card
}

// signInDialog answers an htmx request that only someone signed in may send: in
// a dialog, since the page behind it has to stay as it is.
func (a *app) signInDialog(w http.ResponseWriter, r *http.Request) error {
	retargetDialog(w)
	return a.render(w, r, http.StatusUnauthorized, views.EndedDialog(a.popupSignInCard(r)), "")
}
