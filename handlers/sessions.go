package handlers

import (
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"latchkey/auth"
	"latchkey/views"
)

const endOthersURL = "/profile/sessions/end-others"

// POST /profile/sessions/{id}/end
//
// Somebody else's session and none at all get the same answer.
func (a *app) endSession(w http.ResponseWriter, r *http.Request) error {
	err := a.auth.EndSession(r.Context(), chi.URLParam(r, "id"))
	if codeOf(err) == auth.SessionUnknown && wantsFragment(r) { // the list was out of date
		return a.sessionsChanged(w, r, http.StatusNotFound, views.Notice{Text: "That session has ended already."})
	}
	if err != nil {
		return err
	}
	return a.sessionsChanged(w, r, http.StatusOK, views.Notice{Good: true, Text: "That session has ended."})
}

// POST /profile/sessions/end-others
func (a *app) endOtherSessions(w http.ResponseWriter, r *http.Request) error {
	if err := a.auth.EndOtherSessions(r.Context()); err != nil {
		return err
	}
	return a.sessionsChanged(w, r, http.StatusOK, views.Notice{Good: true, Text: "All other sessions have ended."})
}

// sessionsChanged answers with the list as it is now: htmx swaps it in, and a
// plain form goes back to the page.
func (a *app) sessionsChanged(w http.ResponseWriter, r *http.Request, status int, notice views.Notice) error {
	if !wantsFragment(r) {
		return a.send(w, r, auth.Redirect{URL: "/profile"})
	}
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	list, err := a.sessions(r)
	if err != nil {
		return err
	}
	list.Notice = &notice
	return a.render(w, r, status, views.ProfilePage(views.Profile{Page: views.Page{Person: a.person(r, session)}, Sessions: list}), "sessions")
}

// sessions is the list of where the person is signed in.
func (a *app) sessions(r *http.Request) (views.Sessions, error) {
	all, err := a.auth.Sessions(r.Context())
	list := views.Sessions{Title: views.Title("Your profile"), EndOthers: views.EndSessions{Form: a.form(r, endOthersURL)}}
	for _, s := range all {
		place := views.Place{
			Current: s.Current, Device: s.Device, Browser: browserInWords(s.Agent), Network: s.Address,
			Provider: a.auth.ProviderName(s.Provider), Began: s.Began, Seen: s.Seen,
		}
		place.End = views.EndSessions{Form: a.form(r, "/profile/sessions/"+s.ID+"/end"), Place: place.Device}
		if place.Device == "" {
			place.End.Place = place.Browser
		}
		if s.Current {
			list.Device = views.Device{Form: a.form(r, "/profile/device"), Name: s.Device}
		}
		list.Places = append(list.Places, place)
	}
	return list, err
}

// endForm is what a person without JavaScript gets back whose session had
// ended when they wanted to end another: the button.
func endForm(r *http.Request) templ.Component {
	return views.EndSessionsForm(views.EndSessions{Form: sentForm(r)}, "End the session")
}
