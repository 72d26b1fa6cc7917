package handlers

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

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
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := parseForm(r); err != nil {
			return formError(err)
		}
		if r.MultipartForm != nil {
			defer r.MultipartForm.RemoveAll()
		}
		return a.render(w, r, http.StatusUnauthorized, views.ReturnedPage(views.ReturnedForm{
			Page: a.basePage, SignIn: a.popupSignInCard(r), Form: sent(r),
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
type confirmations struct {
	mu       sync.RWMutex
	byAction map[string]confirmation
}

// addConfirmation declares what an action requires. It panics if the action requires
// something else elsewhere: a sign-in form names only the action.
func (a *app) addConfirmation(c confirmation) {
	a.confirmations.mu.Lock()
	defer a.confirmations.mu.Unlock()
	known, ok := a.confirmations.byAction[c.Action]
	if c.Action == "" || ok && (!reflect.DeepEqual(known.Confirmation, c.Confirmation) || known.text != c.text) {
		panic(fmt.Sprintf("handlers: RequireFresh: the action %q is empty, or requires two different confirmations", c.Action))
	}
	a.confirmations.byAction[c.Action] = c
}

func (a *app) confirmation(action string) (confirmation, bool) {
	a.confirmations.mu.RLock()
	defer a.confirmations.mu.RUnlock()
	c, ok := a.confirmations.byAction[action]
	return c, ok
}

// pageOfForm returns the page with the button of an app's own action: the page itself,
// or the one that the form is on.
func (a *app) pageOfForm(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.RequestURI()
	}
	page, found := strings.CutPrefix(r.Referer(), a.auth.Origin()+"/")
	if !found {
		return "/"
	}
	return "/" + strings.TrimLeft(page, "/")
}

// requireFresh guards a sensitive action: the person must have signed in again, just
// now and for this action. If not, they get a page that asks for it, and return to
// the action's button, which the script then presses for them, once: the server
// marks one page, after a sign-in that started on the confirmation page.
func (a *app) requireFresh(action string, do sessionHandler) sessionHandler {
	required, _ := a.confirmation(action)
	return func(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
		err := a.auth.Confirmed(r.Context(), required.Confirmation)
		if err == nil {
			return do(w, r, session)
		}
		if auth.CodeOf(err) != auth.ConfirmationRequired || wantsJSON(r) {
			return err
		}
		retarget(w, r)
		confirm := views.Confirm{
			Page:        a.page(w, r, session),
			Text:        required.text,
			URL:         a.auth.BasePath() + "/signin/" + session.Provider,
			Provider:    a.auth.ProviderName(session.Provider),
			Action:      action,
			CallbackURL: required.page(r),
		}
		if inAppPage(r) {
			return a.render(w, r, http.StatusForbidden, views.ConfirmDialog(confirm), "")
		}
		return a.render(w, r, http.StatusForbidden, views.ConfirmPage(confirm), "confirm")
	}
}

// confirmationFor returns what a sign-in form with the field "confirm" must confirm.
// The form names the action; only this table says what it takes.
func (a *app) confirmationFor(action string) (*auth.Confirmation, error) {
	if action == "" {
		return nil, nil
	}
	required, ok := a.confirmation(action)
	if !ok {
		return nil, &auth.Error{Code: auth.BadRequest, Err: errUnknownAction}
	}
	return &required.Confirmation, nil
}

// requireGroup guards a page for the members of one of the groups at the provider that
// Config.GroupProvider names. Everyone else who is signed in gets a 403 page.
func (a *app) requireGroup(groups []string, page sessionHandler) sessionHandler {
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

// sentForm returns any form as it was sent.
func sentForm(r *http.Request) templ.Component {
	f := views.SentFields{Form: views.Form{URL: r.URL.RequestURI()}, Multipart: r.MultipartForm != nil}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, value := range r.PostForm[name] {
			switch field := (views.Field{Name: name, Value: value}); {
			case name == formTokenField:
				f.Hidden = append(f.Hidden, field)
			case secretField.MatchString(name):
				f.Fields = append(f.Fields, views.SentField{Field: views.Field{Name: name}, Secret: true})
			default:
				f.Fields = append(f.Fields, views.SentField{Field: field})
			}
		}
	}
	return views.SentForm(f)
}

// secretField matches the names of fields whose values must not be on another page.
var secretField = regexp.MustCompile(`(?i)passw|passphrase|secret|token|otp|pin$|card|cvc`)

const (
	formTokenField  = "form_token"
	formTokenHeader = "Form-Token" // what our script sends instead, from a page of the app's own
)

// checkFormToken rejects a form with 409 if it comes from a page that was rendered
// for another user than the one who is signed in now. It reads forms with files too.
func (a *app) checkFormToken(next http.Handler) http.Handler {
	return a.handle(func(w http.ResponseWriter, r *http.Request) error {
		if token := r.Header.Get(formTokenHeader); token != "" {
			if err := a.auth.CheckFormToken(r.Context(), token); err != nil {
				return err
			}
		} else if r.Method == http.MethodPost {
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
