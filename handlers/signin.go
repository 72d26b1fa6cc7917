package handlers

import (
	"net/http"

	"latchkey/auth"
)

// POST /api/auth/signin/{provider}
func (a *app) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	confirm, err := confirmationFor(r.PostForm.Get("confirm"))
	if err != nil {
		return err
	}
	next, err := a.auth.SignIn(r.Context(), auth.SignInRequest{
		Provider:     urlParam(r, "provider"),
		CallbackURL:  r.PostForm.Get("callbackUrl"),
		Origin:       r.Header.Get("Origin"),
		Another:      r.PostForm.Has("another"),
		SignUp:       r.PostForm.Has("signup"),
		LoginHint:    r.PostForm.Get("login_hint"),
		Organization: r.PostForm.Get("organization"),
		Confirm:      confirm,
	})
	if err != nil {
		return err
	}
	return a.redirect(w, r, next)
}
