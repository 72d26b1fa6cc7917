package handlers

import (
	"net/http"

	"latchkey/auth"
	"latchkey/views"
)

// confirmation is what a sensitive action asks for, in words, and the page with
// its button.
type confirmation struct {
	auth.Confirmation
	words string
	page  func(*http.Request) string
}

var confirmations = map[string]confirmation{
	endAction: {auth.Confirmation{Action: endAction}, "Sign in again to sign out other sessions.", endFormURL},
}

// requireFresh lets a sensitive action through only to people who have just
// confirmed, for this action, that it is them. Everyone else gets a page that
// asks for it. Afterwards they come back to the action's button. The script
// presses it for them, once: the server marks one page, after a sign-in that was
// begun from the confirmation page.
func (a *app) requireFresh(action string, do handler) handler {
	asked := confirmations[action]
	return func(w http.ResponseWriter, r *http.Request) error {
		err := a.auth.Confirmed(r.Context(), asked.Confirmation)
		if codeOf(err) != auth.ConfirmationRequired || wantsJSON(r) {
			if err != nil {
				return err
			}
			return do(w, r)
		}
		session, err := auth.FromContext(r.Context())
		if err != nil {
			return err
		}
		retargetMain(w)
		return a.render(w, r, http.StatusForbidden, views.ConfirmPage(views.Confirm{
			Page:        a.page(w, r, session),
			Words:       asked.words,
			URL:         a.auth.BasePath() + "/signin/" + session.Provider,
			Provider:    a.auth.ProviderName(session.Provider),
			Action:      action,
			CallbackURL: asked.page(r),
		}), "confirm")
	}
}

// confirmationFor returns what a Sign in form with a field "confirm" asks for.
// What it takes to confirm is ours to say, and never the form's.
func confirmationFor(action string) (*auth.Confirmation, error) {
	if action == "" {
		return nil, nil
	}
	asked, ok := confirmations[action]
	if !ok {
		return nil, &auth.Error{Code: auth.BadRequest, Err: errUnknownAction}
	}
	return &asked.Confirmation, nil
}
