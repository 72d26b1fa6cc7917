package handlers

import (
	"cmp"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"latchkey/auth"
	"latchkey/views"
)

const (
	sessionsURL  = "/profile#sessions"
	endOthersURL = "/profile/sessions/end-others"
	endAction    = "end-sessions" // what a confirmation allows: ending any of one's other sessions
)

// Notices after an action on this page.
const (
	deviceRenamed      auth.NoticeKind = "device_renamed"
	sessionEnded       auth.NoticeKind = "session_ended"
	sessionEndedBefore auth.NoticeKind = "session_ended_before"
	otherSessionsEnded auth.NoticeKind = "other_sessions_ended"
)

// POST /profile/sessions/{id}/end
//
// Ending another session needs a fresh proof; ending one's own does not, since
// whoever holds it can sign out.
func (a *app) endSession(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	if urlParam(r, "id") == session.ID {
		return a.endSessionByID(w, r)
	}
	return a.requireFresh(endAction, a.endSessionByID)(w, r)
}

// Another person's session and an unknown one get the same answer.
func (a *app) endSessionByID(w http.ResponseWriter, r *http.Request) error {
	err := a.auth.EndSession(r.Context(), urlParam(r, "id"))
	if codeOf(err) == auth.SessionUnknown && wantsFragment(r) { // the list was out of date
		return a.sessionsChanged(w, r, http.StatusNotFound, sessionEndedBefore)
	}
	if err != nil {
		return err
	}
	return a.sessionsChanged(w, r, http.StatusOK, sessionEnded)
}

// POST /profile/sessions/end-others
func (a *app) endOtherSessions(w http.ResponseWriter, r *http.Request) error {
	if err := a.auth.EndOtherSessions(r.Context()); err != nil {
		return err
	}
	return a.sessionsChanged(w, r, http.StatusOK, otherSessionsEnded)
}

// sessionsChanged answers with the list as it is now: htmx swaps it in, and a
// plain form goes back to the list, which shows the notice once.
func (a *app) sessionsChanged(w http.ResponseWriter, r *http.Request, status int, notice auth.NoticeKind) error {
	if !wantsFragment(r) {
		return a.redirect(w, r, auth.Redirect{URL: sessionsURL, Cookies: []*http.Cookie{a.auth.NoticeCookie(notice)}})
	}
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	list, err := a.sessions(r, session)
	if err != nil {
		return err
	}
	list.Notice = noticeText(&auth.Notice{Kind: notice})
	return a.render(w, r, status, views.ProfilePage(views.Profile{Page: views.Page{Person: a.person(r, session)}, Sessions: list}), "sessions")
}

// sessions is the list of where the person is signed in.
func (a *app) sessions(r *http.Request, session *auth.Session) (views.Sessions, error) {
	all, err := a.auth.Sessions(r.Context())
	list := views.Sessions{
		Title: views.Title("Your profile"), Provider: a.auth.ProviderName(session.Provider), Now: time.Now(),
		EndOthers: views.EndSessions{Form: a.form(r, endOthersURL), ID: endFormID("")},
	}
	for _, s := range all {
		place := views.SessionRow{
			Current: s.Current, Phone: isPhone(s.Agent), Device: s.Device, Browser: browserName(s.Agent),
			Address: networkText(s.Address), StartedAt: s.StartedAt, LastSeen: s.LastSeen,
		}
		place.End = views.EndSessions{Form: a.form(r, "/profile/sessions/"+s.ID+"/end"), ID: endFormID(s.ID), Place: cmp.Or(place.Device, place.Browser)}
		if s.Current {
			place.Ends, place.Until = session.ExpiresAt, session.Deadline
			list.Device = views.Device{Form: a.form(r, "/profile/device"), Name: s.Device}
		}
		list.Rows = append(list.Rows, place)
	}
	return list, err
}

// networkText writes a network as people write an address of it: 192.0.2.x
// for 192.0.2.0/24, and 2001:db8:1:x for 2001:db8:1::/48.
func networkText(network string) string {
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		return ""
	}
	address := prefix.Addr().String()
	if prefix.Addr().Is4() {
		return strings.TrimSuffix(address, "0") + "x"
	}
	return strings.TrimSuffix(address, ":") + "x"
}

// endFormID is the id of the form that ends a session, or all others.
func endFormID(session string) string { return "end-" + cmp.Or(session, "others") }

// endFormURL leads to the form on the profile that sent a request.
func endFormURL(r *http.Request) string {
	return (&url.URL{Path: "/profile", Fragment: endFormID(urlParam(r, "id"))}).String()
}

// endForm is what a person without JavaScript gets back if their session had
// ended when they wanted to end another: the button.
func endForm(r *http.Request) templ.Component {
	return views.EndSessionsForm(views.EndSessions{Form: echoForm(r)}, "Sign out")
}
