package handlers

import "net/http"

// POST /api/auth/signout ends the session here, then at the provider.
//
// If the provider has no sign-out, htmx gets the signed-out home page at once,
// instead of a redirect to it.
func (a *app) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	next, err := a.auth.SignOut(r.Context(), r.PostForm.Get("callbackUrl"))
	if err != nil {
		return err
	}
	if wantsFragment(r) && next.URL == "/" && next.Form == nil {
		setCookies(w, next.Cookies)
		return a.home(w, r)
	}
	return a.redirect(w, r, next)
}
