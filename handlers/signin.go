package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"latchkey/auth"
	"latchkey/views"
)

// POST /api/auth/signin/{provider} starts a sign-in and sends the browser to the
// provider.
func (a *App) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	confirm, err := a.confirmationFor(r.PostForm.Get("confirm"))
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

// signInCard offers every provider, to return to callbackURL afterwards.
func (a *App) signInCard(r *http.Request, callbackURL string) views.SignIn {
	card := views.SignIn{CallbackURL: callbackURL, CanonicalURL: a.canonicalURL(r), Origin: a.auth.Origin()}
	for _, provider := range a.auth.Providers(r.Context()) {
		card.Buttons = append(card.Buttons, views.ProviderButton{
			Name:     provider.Name,
			URL:      a.auth.BasePath() + "/signin/" + provider.ID,
			LastUsed: provider.LastUsed,
			Warning:  a.providerWarning(provider),
			SignUp:   provider.SignUp,
		})
	}
	return card
}

const maxHint = 255 // bytes, the limit of package auth

// hintedSignInCard is signInCard for a page whose URL may name the account
// (login_hint) and the organization to sign in with. Anyone can make such a link, so
// the card shows both, with a way to sign in without them.
func (a *App) hintedSignInCard(r *http.Request, callbackURL string) views.SignIn {
	card := a.signInCard(r, callbackURL)
	query := r.URL.Query()
	card.LoginHint, card.Organization = printableOrEmpty(query.Get("login_hint")), printableOrEmpty(query.Get("organization"))
	query.Del("login_hint")
	query.Del("organization")
	card.WithoutHintURL = oneSlash(r.URL.EscapedPath())
	if rest := query.Encode(); rest != "" {
		card.WithoutHintURL += "?" + rest
	}
	return card
}

// printableOrEmpty returns text that a page shows as it is, and "" for text that is
// too long or has invisible characters, such as one that reverses what follows.
func printableOrEmpty(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > maxHint || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return ""
	}
	return text
}

// canonicalURL returns the page's URL on AUTH_URL's origin if the browser opened it
// under another host name, and "" otherwise. The provider sends people back to
// AUTH_URL, where the cookies of such a sign-in would be missing. Host is only
// compared, never trusted; a proxy may have replaced it, which our script sees.
func (a *App) canonicalURL(r *http.Request) string {
	ours, _ := url.Parse(a.auth.Origin())
	for _, host := range []string{r.Host, r.Header.Get("X-Forwarded-Host")} {
		if hostname(host) == ours.Hostname() {
			return ""
		}
	}
	if r.Method != http.MethodGet {
		return a.auth.Origin() + "/"
	}
	return a.auth.Origin() + localURL(r)
}

// hostname is a host without its port, which cookies do not distinguish.
func hostname(host string) string {
	u, err := url.Parse("//" + host)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// GET /api/auth/signed-in closes the popup of a sign-in, where it ends.
func (a *App) signedIn(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
	return a.render(w, r, http.StatusOK, views.SignedInPage(a.page(w, r, session)), "signed-in")
}

func (a *App) signedInURL() string { return a.auth.BasePath() + "/signed-in" }

// popupSignInCard offers every provider, each in a popup, so that the page stays.
func (a *App) popupSignInCard(r *http.Request) views.SignIn {
	card := a.signInCard(r, a.signedInURL())
	card.InPopup = true
	return card
}

// signInDialog answers an htmx request that requires a session. It opens a dialog,
// since the page must stay as it is.
func (a *App) signInDialog(w http.ResponseWriter, r *http.Request) error {
	retargetDialog(w)
	return a.render(w, r, http.StatusUnauthorized, views.SignedOutDialog(a.site.Words, a.popupSignInCard(r)), "")
}

// GET and POST /api/auth/initiate is the initiate_login_uri to register with a provider
// (OpenID Connect Core section 4): a link in the provider's portal, or a site of a third
// party, leads here to sign in. It shows that provider's button, filled in, instead of
// going to the provider, so that no site can sign a person in without a click.
func (a *App) initiate(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return formError(err)
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
	card.WithoutHintURL = r.URL.EscapedPath() + "?" + url.Values{"iss": {r.Form.Get("iss")}, "target_link_uri": {card.CallbackURL}}.Encode()
	return a.render(w, r, http.StatusOK, views.SignInInPlace(a.page(w, r, session), card), "signin")
}
