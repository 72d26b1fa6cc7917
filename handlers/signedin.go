package handlers

import (
	"net/http"

	"latchkey/auth"
	"latchkey/views"
)

// GET /api/auth/signed-in closes the popup of a sign-in, where it ends.
func (a *app) signedIn(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
	return a.render(w, r, http.StatusOK, views.SignedInPage(a.page(w, r, session)), "signed-in")
}

func (a *app) signedInURL() string { return a.auth.BasePath() + "/signed-in" }

// popupSignInCard offers every provider, each in a popup, so that the page stays.
func (a *app) popupSignInCard(r *http.Request) views.SignIn {
	card := a.signInCard(r, a.signedInURL())
	card.InPopup = true
	return card
}

// signInDialog answers an htmx request that requires a session. It opens a dialog,
// since the page must stay as it is.
func (a *app) signInDialog(w http.ResponseWriter, r *http.Request) error {
	retargetDialog(w)
	return a.render(w, r, http.StatusUnauthorized, views.SignedOutDialog(a.popupSignInCard(r)), "")
}
