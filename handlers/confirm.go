package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

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
	a.addConfirmation(confirmation{c, words})
	return func(next http.Handler) http.Handler {
		return a.guard(next, func(page sessionHandler) sessionHandler { return a.requireFresh(c.Action, page) })
	}
}

// confirmation is what a sensitive action requires.
type confirmation struct {
	auth.Confirmation
	text string // why, for people
}

// addConfirmation declares what an action requires. It panics if the action requires
// something else elsewhere: a sign-in form names only the action.
func (a *App) addConfirmation(c confirmation) {
	known, ok := a.confirmations[c.Action]
	if c.Action == "" || ok && !reflect.DeepEqual(known, c) {
		panic(fmt.Sprintf("handlers: RequireFresh: the action %q is empty, or requires two different confirmations", c.Action))
	}
	a.confirmations[c.Action] = c
}

// pageOfForm returns the page with the button of an action: the page itself, or the one
// that the form is on.
func (a *App) pageOfForm(r *http.Request) string {
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
// now and for this action. If not, they get a page that asks for it. A form comes back on
// that page as it was sent, and the server stores none of it. htmx gets a dialog, and the
// script sends the request again.
func (a *App) requireFresh(action string, do sessionHandler) sessionHandler {
	required := a.confirmations[action]
	return func(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
		err := a.auth.Confirmed(r.Context(), required.Confirmation)
		if err == nil {
			return do(w, r, session)
		}
		if auth.CodeOf(err) != auth.ConfirmationRequired || wantsJSON(r) {
			return err
		}
		confirm := views.Confirm{
			Page:     a.page(w, r, session),
			Text:     required.text,
			URL:      a.auth.BasePath() + "/signin/" + session.Provider,
			Provider: a.auth.ProviderName(session.Provider),
			Action:   action,
			PageURL:  a.pageOfForm(r),
		}
		if wantsSmallFragment(r) {
			retargetDialog(w)
			return a.render(w, r, http.StatusForbidden, views.ConfirmDialog(confirm), "")
		}
		if isPlainForm(r) {
			confirm.Sent, err = a.sentForm(r)
			if err != nil && auth.CodeOf(err) != codeTooLarge { // otherwise they return to the form's page
				return err
			}
		}
		retargetMain(w)
		return a.render(w, r, http.StatusForbidden, views.ConfirmPage(confirm), "confirm")
	}
}

// confirmationFor returns what a sign-in form with the field "confirm" must confirm.
// The form names the action; only this table says what it takes.
func (a *App) confirmationFor(action string) (*auth.Confirmation, error) {
	if action == "" {
		return nil, nil
	}
	required, ok := a.confirmations[action]
	if !ok {
		return nil, &auth.Error{Code: auth.BadRequest, Err: errors.New("no such action requires a confirmation")}
	}
	return &required.Confirmation, nil
}
