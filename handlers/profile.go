package handlers

import (
	"net/http"

	"latchkey/auth"
	"latchkey/views"
)

// GET /profile
func (a *app) profile(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	list, err := a.sessions(r)
	if err != nil {
		return err
	}
	known, others := facts(session.Claims())
	return a.render(w, r, http.StatusOK, views.ProfilePage(views.Profile{
		Page:   a.page(w, r, session),
		Facts:  known,
		Claims: others,
		Began:  session.Began,
		Ends:   session.Ends,
		Until:  session.Until,
		Steps:  storyOf(session.Story(), a.auth.ProviderName(session.Provider)),

		Sessions: list,
	}), "profile")
}
