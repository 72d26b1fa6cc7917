package handlers

import (
	"net/http"

	"latchkey/auth"
	"latchkey/views"
)

// protected lets only people who are signed in through to a page. Everyone else
// gets the sign-in page in its place, at the same URL and with 401, and comes
// back here afterwards: never straight to the provider, for a person decides
// to sign in.
func (a *app) protected(page handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		session, err := auth.FromContext(r.Context())
		if err != nil {
			return err
		}
		if session != nil {
			return page(w, r)
		}
		if wantsJSON(r) || wantsSmallFragment(r) {
			return errSignInRequired
		}
		return a.render(w, r, http.StatusUnauthorized, views.SignInInPlace(views.SignInPage{
			Page:   a.page(w, r, nil),
			SignIn: a.expectedSignIn(r, r.URL.RequestURI()),
		}), "signin")
	}
}
