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
	page, err := a.profilePage(w, r, session)
	if err != nil {
		return err
	}
	page.NameAtProvider, page.Warning = a.nameAtProvider(r, session)
	return a.render(w, r, http.StatusOK, views.ProfilePage(page), "profile")
}

// profilePage is all of the page that we know ourselves.
func (a *app) profilePage(w http.ResponseWriter, r *http.Request, session *auth.Session) (views.Profile, error) {
	page := a.page(w, r, session)
	list, err := a.sessions(r, session)
	list.Notice, page.Notice = page.Notice, nil
	about, claims := claimRows(session.Claims())
	return views.Profile{
		Page:     page,
		Sessions: list,
		Facts:    about,
		Claims:   claims,
		Steps:    timelineSteps(session.Timeline(), a.auth.ProviderName(session.Provider)),
	}, err
}
