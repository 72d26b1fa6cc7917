package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"latchkey/auth"
	"latchkey/views"
)

// sessionHandler is a handler for someone who is signed in: its guard hands it the
// session.
type sessionHandler func(w http.ResponseWriter, r *http.Request, session *auth.Session) error

// Protected guards a page, a form or an API. Someone who is signed out gets the sign-in page
// in its place and returns afterwards; a request that accepts application/json gets 401 and
// JSON, and one of htmx on a page with App.Body the sign-in dialog. Without JavaScript, someone
// whose session has ended gets back the form that they sent, to send it again after signing
// in; files and passwords are left out.
//
// A form with a form token (App.FormToken) is rejected if someone else has signed in
// since; it is parsed for that before the handler sees it, with its files too. The handler
// can still read the body of a form without files, and that of any other request. A body may
// have 10 MB.
func (a *App) Protected(next http.Handler) http.Handler { return a.guard(next) }

// RequireGroup is Protected for members of one of these groups or roles at
// Config.GroupProvider. Everyone else who is signed in gets 403.
func (a *App) RequireGroup(groups ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return a.guard(next, func(page sessionHandler) sessionHandler { return a.requireGroup(groups, page) })
	}
}

// guard is every guard of the app's own pages. A form is checked before other guards and
// the page see it, but read only for someone who is signed in.
func (a *App) guard(next http.Handler, guards ...func(sessionHandler) sessionHandler) http.Handler {
	page := func(w http.ResponseWriter, r *http.Request, _ *auth.Session) error {
		if w.Header().Get("Cache-Control") == cachePrivate {
			w.Header().Set("Cache-Control", cachePrivate+", no-cache") // the browser asks again, as after a sign-out
		}
		next.ServeHTTP(w, r)
		return nil
	}
	for _, guard := range append(guards, a.checkForm) {
		page = guard(page)
	}
	guarded := bodyLimit(maxFormBody)(a.handle(a.protected(page)))
	return unlessPrepared(a.prepare(guarded), guarded)
}

// protected guards a page. Someone who is signed out gets the sign-in page in its
// place, at the same URL and with 401, and returns here after signing in. It never
// redirects to the provider: the person decides to sign in.
func (a *App) protected(page sessionHandler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		session, err := auth.FromContext(r.Context())
		switch {
		case err != nil:
			return err
		case session != nil:
			return page(w, r, session)
		case isPlainForm(r): // its URL may have no page to return to
			return a.returnForm(w, r)
		case wantsJSON(r) || wantsSmallFragment(r):
			return newError(codeSignInRequired)
		}
		return a.render(w, r, http.StatusUnauthorized, views.SignInInPlace(a.page(w, r, nil), a.hintedSignInCard(r, localURL(r))), "signin")
	}
}

// returnForm answers the form of someone who is signed out: they get it back as they sent
// it, to send it again after signing in. None of it is stored.
func (a *App) returnForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	form, err := a.sentForm(r)
	if auth.CodeOf(err) == codeTooLarge {
		return newError(codeSignInRequired) // the app may accept the form; the browser still has it
	}
	if err != nil {
		return err
	}
	return a.render(w, r, http.StatusUnauthorized, views.ReturnedPage(views.Page{Site: a.site}, a.popupSignInCard(r), form), "returned")
}

// requireGroup guards a page for the members of one of the groups at the provider that
// Config.GroupProvider names. Everyone else who is signed in gets a 403 page.
func (a *App) requireGroup(groups []string, page sessionHandler) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
		provider, err := a.trustedGroups(r)
		if err == nil && !slices.ContainsFunc(groups, func(group string) bool { return session.InGroup(provider, group) }) {
			err = fmt.Errorf("the user is in none of the groups that the page requires, at provider %q", provider)
		}
		if err != nil {
			return &auth.Error{Code: auth.NotInGroup, Provider: session.Provider, Err: err}
		}
		return page(w, r, session)
	}
}

// trustedGroups returns the id of the provider whose groups count.
func (a *App) trustedGroups(r *http.Request) (string, error) {
	if a.config.GroupProvider != "" {
		return a.config.GroupProvider, nil
	}
	providers := a.auth.Providers(r.Context())
	if len(providers) != 1 {
		return "", errors.New("several providers are configured: set GroupProvider in handlers.Config to the one whose groups count")
	}
	return providers[0].ID, nil
}
