package handlers

import (
	"net/http"
	"slices"

	"latchkey/auth"
	"latchkey/views"
)

// GET / shows who is signed in, or the providers to sign in with.
func (a *App) home(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	return a.renderHome(w, r, a.page(w, r, session))
}

func (a *App) renderHome(w http.ResponseWriter, r *http.Request, page views.Page) error {
	replaceURL(w, r, "/")
	if page.Person != nil {
		return a.render(w, r, http.StatusOK, views.HomePage(page, views.SignIn{}), "account")
	}
	card := a.hintedSignInCard(r, "/")
	card.OfferAnother = page.Notice != nil && page.Notice.SignedOut // the provider may sign the same person in again without asking
	home := views.HomePage(page, card)
	if page.Notice == nil && !isPersonal(card) {
		home = publicPage{home}
		w.Header().Set("Content-Security-Policy", a.publicCSP)
	}
	return a.render(w, r, http.StatusOK, home, "account")
}

// isPersonal reports whether a card shows something about the request or the browser.
func isPersonal(card views.SignIn) bool {
	return card.LoginHint != "" || card.Organization != "" || card.CanonicalURL != "" ||
		slices.ContainsFunc(card.Buttons, func(b views.ProviderButton) bool { return b.LastUsed })
}
