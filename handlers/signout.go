package handlers

import (
	"net/http"

	"latchkey/auth"
	"latchkey/views"
)

// POST /api/auth/signout ends the session here, then at the provider.
//
// If the provider has no sign-out, htmx gets the signed-out home page at once,
// instead of a redirect to it.
func (a *App) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	next, err := a.auth.SignOut(r.Context(), r.PostForm.Get("callbackUrl"))
	if err != nil {
		return err
	}
	if !wantsFragment(r) || inAppPage(r) || next.URL != "/" || next.Form != nil {
		return a.redirect(w, r, next)
	}
	auth.SetCookies(w, next.Cookies)
	if next.Notice == nil { // nobody was signed in
		return a.home(w, r)
	}
	auth.SetCookies(w, []*http.Cookie{a.auth.ClearNotice()})
	return a.renderHome(w, r, views.Page{Site: a.site, Notice: a.notice(next.Notice)})
}
