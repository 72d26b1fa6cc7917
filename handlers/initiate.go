package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"latchkey/auth"
	"latchkey/views"
)

// GET and POST /api/auth/initiate is the initiate_login_uri to register with a provider
// (OpenID Connect Core section 4): a link in the provider's portal, or a site of a third
// party, leads here to sign in. It shows that provider's button, filled in, instead of
// going to the provider, so that no site can sign a person in without a click.
func (a *app) initiate(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	for _, name := range []string{"iss", "login_hint", "target_link_uri"} {
		if len(r.Form[name]) > 1 { // RFC 6749 section 3.1
			return &auth.Error{Code: auth.BadRequest, Err: errors.New(name + " is duplicated")}
		}
	}
	provider, err := a.auth.ProviderOf(r.Form.Get("iss"))
	if err != nil {
		return err
	}
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	card := a.signInCard(r, a.auth.CallbackURL(r.Form.Get("target_link_uri")))
	for _, button := range card.Buttons {
		if button.URL == a.auth.BasePath()+"/signin/"+provider {
			card.Buttons = []views.ProviderButton{button}
		}
	}
	card.LoginHint = printableOrEmpty(r.Form.Get("login_hint"))
	card.WithoutHintURL = r.URL.EscapedPath() + "?" + url.Values{"iss": r.Form["iss"], "target_link_uri": {card.CallbackURL}}.Encode()
	return a.render(w, r, http.StatusOK, views.SignInInPlace(views.SignInPage{Page: a.page(w, r, session), SignIn: card}), "signin")
}
