package handlers

import (
	"net/http"

	"latchkey/auth"
	"latchkey/views"
)

// confirmations are the sensitive actions: what each asks for, in words, and
// the page with its button, where the person comes back to after confirming.
var confirmations = map[string]struct {
	auth.Confirmation
	words, page string
}{
	"end-other-sessions": {
		auth.Confirmation{Action: "end-other-sessions"},
		"Ending all other sessions needs a fresh proof that it is really you.", "/profile",
	},
}

// requireFresh lets a sensitive action through only to people who have just
// confirmed, for this action, that it is them. Everyone else gets a page that
// asks for it. Nothing is done by itself afterwards: the person comes back to
// the action's button.
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
		intoMain(w)
		return a.render(w, r, http.StatusForbidden, views.ConfirmPage(views.Confirm{
			Page:        a.page(w, r, session),
			Words:       asked.words,
			URL:         a.auth.BasePath() + "/signin/" + session.Provider,
			Provider:    a.auth.ProviderName(session.Provider),
			Action:      action,
			CallbackURL: asked.page,
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
