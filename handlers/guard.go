package handlers

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"latchkey/auth"
	"latchkey/views"
)

// sessionHandler is a handler for someone who is signed in: its guard hands it the
// session.
type sessionHandler func(w http.ResponseWriter, r *http.Request, session *auth.Session) error

// protected guards a page. Someone who is signed out gets the sign-in page in its
// place, at the same URL and with 401, and returns here after signing in. It never
// redirects to the provider: the person decides to sign in.
func (a *app) protected(page sessionHandler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		session, err := auth.FromContext(r.Context())
		if err != nil {
			return err
		}
		if session != nil {
			return page(w, r, session)
		}
		if wantsJSON(r) || wantsSmallFragment(r) {
			return errSignInRequired
		}
		return a.render(w, r, http.StatusUnauthorized, views.SignInInPlace(views.SignInPage{
			Page:   a.page(w, r, nil),
			SignIn: a.hintedSignInCard(r, r.URL.RequestURI()),
		}), "signin")
	}
}

// protectedForm guards a form: it rejects the form of someone who is signed out
// before anything is done. With htmx the person signs in and the form is sent again;
// without it they get the form back as they sent it. None of it is stored.
func (a *app) protectedForm(sent func(*http.Request) templ.Component, do sessionHandler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		session, err := auth.FromContext(r.Context())
		if err != nil {
			return err
		}
		if session != nil {
			return do(w, r, session)
		}
		if fromHTMX(r) || wantsJSON(r) {
			return errSignInRequired
		}
		if err := r.ParseForm(); err != nil {
			return formError(err)
		}
		return a.render(w, r, http.StatusUnauthorized, views.ReturnedPage(views.ReturnedForm{
			Page: a.basePage(), SignIn: a.popupSignInCard(r), Form: sent(r),
		}), "returned")
	}
}

// confirmation is what a sensitive action requires.
type confirmation struct {
	auth.Confirmation
	text string                     // why, for people
	page func(*http.Request) string // the page with the action's button
}

// confirmations has the actions that require a confirmation.
func (a *app) confirmations() map[string]confirmation {
	return map[string]confirmation{
		endAction: {auth.Confirmation{Action: endAction}, confirmEndText, a.endFormURL},
	}
}

// requireFresh guards a sensitive action: the person must have signed in again, just
// now and for this action. If not, they get a page that asks for it, and return to
// the action's button, which the script then presses for them, once: the server
// marks one page, after a sign-in that started on the confirmation page.
func (a *app) requireFresh(action string, do sessionHandler) sessionHandler {
	required := a.confirmations()[action]
	return func(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
		err := a.auth.Confirmed(r.Context(), required.Confirmation)
		if err == nil {
			return do(w, r, session)
		}
		if auth.CodeOf(err) != auth.ConfirmationRequired || wantsJSON(r) {
			return err
		}
		retargetMain(w)
		return a.render(w, r, http.StatusForbidden, views.ConfirmPage(views.Confirm{
			Page:        a.page(w, r, session),
			Text:        required.text,
			URL:         a.auth.BasePath() + "/signin/" + session.Provider,
			Provider:    a.auth.ProviderName(session.Provider),
			Action:      action,
			CallbackURL: required.page(r),
		}), "confirm")
	}
}

// confirmationFor returns what a sign-in form with the field "confirm" must confirm.
// The form names the action; only this table says what it takes.
func (a *app) confirmationFor(action string) (*auth.Confirmation, error) {
	if action == "" {
		return nil, nil
	}
	required, ok := a.confirmations()[action]
	if !ok {
		return nil, &auth.Error{Code: auth.BadRequest, Err: errUnknownAction}
	}
	return &required.Confirmation, nil
}

// requireGroup guards a page for the members of a group at the provider that
// Config.GroupProvider names. Everyone else who is signed in gets a 403 page.
func (a *app) requireGroup(group string, page sessionHandler) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
		provider, err := a.trustedGroups(r)
		if err == nil && !session.InGroup(provider, group) {
			err = fmt.Errorf("the user is not in the group that the page requires, at provider %q", provider)
		}
		if err != nil {
			return &auth.Error{Code: auth.NotInGroup, Provider: session.Provider, Err: err}
		}
		return page(w, r, session)
	}
}

// trustedGroups returns the id of the provider whose groups count.
func (a *app) trustedGroups(r *http.Request) (string, error) {
	if a.groupProvider != "" {
		return a.groupProvider, nil
	}
	providers := a.auth.Providers(r.Context())
	if len(providers) != 1 {
		return "", errors.New("several providers are configured: set GroupProvider in handlers.Config to the one whose groups count")
	}
	return providers[0].ID, nil
}

// protectPage guards a page that is not one of ours, with all the middleware of
// ours. A form on it that has a form token is checked before the page sees it.
func (a *app) protectPage(c Config, page http.Handler, guards ...func(sessionHandler) sessionHandler) http.Handler {
	checked := a.checkFormToken(page) // reads the form, but only of someone who is signed in
	guarded := func(w http.ResponseWriter, r *http.Request, _ *auth.Session) error {
		checked.ServeHTTP(w, r)
		return nil
	}
	for _, guard := range guards {
		guarded = guard(guarded)
	}
	all := append(a.baseMiddleware(c), bodyLimit(maxFormBody), a.setBrowserCookie(c.RateLimit), a.loadSession)
	return all.Handler(a.handle(a.protected(guarded)))
}

// form returns a form that acts for the person who is signed in.
func (a *app) form(r *http.Request, url string) views.Form {
	return views.Form{URL: url, Hidden: []views.Field{{Name: formTokenField, Value: a.auth.FormToken(r.Context())}}}
}

// echoForm returns a form as it was sent. What its visible fields do not show goes
// into hidden ones, including the form token, so that no other user can send it.
func echoForm(r *http.Request, visible ...string) views.Form {
	f := views.Form{URL: r.URL.RequestURI()}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		if slices.Contains(visible, name) {
			continue
		}
		for _, value := range r.PostForm[name] {
			f.Hidden = append(f.Hidden, views.Field{Name: name, Value: value})
		}
	}
	return f
}

const formTokenField = "form_token"

// checkFormToken rejects a form with 409 if it comes from a page that was rendered
// for another user than the one who is signed in now. It reads forms with files too.
func (a *app) checkFormToken(next http.Handler) http.Handler {
	return a.handle(func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodPost {
			if err := parseForm(r); err != nil {
				return formError(err)
			}
			if r.MultipartForm != nil {
				defer r.MultipartForm.RemoveAll() // net/http does not, once a middleware has copied the request
			}
			if err := a.auth.CheckFormToken(r.Context(), r.PostForm.Get(formTokenField)); err != nil {
				return err
			}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// parseForm reads a form of either encoding.
func parseForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := r.ParseMultipartForm(maxBody); !errors.Is(err, http.ErrNotMultipart) {
		return err
	}
	return nil
}
