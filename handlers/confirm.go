package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"latchkey/auth"
	"latchkey/views"
)

// RequireFresh is Protected for a sensitive action: the person must have signed in again,
// a few minutes ago at most and for this action. The words tell them why, such as "Sign
// in again to delete your notes." With htmx on a page with App.Body they sign in in a
// popup, and the request is sent again. Without htmx a form comes back as it was sent: they
// sign in in another window, and press its button. Files and passwords are left out.
//
// Call it while setting up routes: the name of an action must mean one confirmation.
func (a *App) RequireFresh(c auth.Confirmation, words string) func(http.Handler) http.Handler {
	a.app.addConfirmation(confirmation{Confirmation: c, text: words, page: a.app.pageOfForm, sent: a.app.sentForm})
	return a.require(func(page sessionHandler) sessionHandler { return a.app.requireFresh(c.Action, page) })
}

// confirmation is what a sensitive action requires.
type confirmation struct {
	auth.Confirmation
	text string                     // why, for people
	page func(*http.Request) string // the page with the action's button

	sent func(*http.Request) templ.Component // the form, to send it again; nil if the person returns to the page
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
		return localURL(r)
	}
	page, found := strings.CutPrefix(r.Referer(), a.auth.Origin()+"/")
	if !found {
		return "/"
	}
	return oneSlash(page)
}

// requireFresh guards a sensitive action: the person must have signed in again, just
// now and for this action. If not, they get a page that asks for it. For an app's own form,
// that page contains what was sent, and the server stores none of it. For our own forms,
// the person returns to the action's button, and the script presses it once: the server
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
			CancelURL:   required.page(r),
		}
		if inAppPage(r) {
			return a.render(w, r, http.StatusForbidden, views.ConfirmDialog(confirm), "")
		}
		if required.sent != nil && isPlainForm(r) {
			confirm.Sent, err = readSent(r, required.sent)
			switch {
			case err == nil:
				confirm.CallbackURL = a.signedInURL()
			case auth.CodeOf(err) != codeTooLarge: // otherwise they return to the form's page
				return err
			}
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
		return nil, &auth.Error{Code: auth.BadRequest, Err: errors.New("no such action requires a confirmation")}
	}
	return &required.Confirmation, nil
}
