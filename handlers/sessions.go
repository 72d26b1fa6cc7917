package handlers

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/mileusna/useragent"

	"latchkey/auth"
	"latchkey/views"
)

// endAction is the action to confirm: ending another session of the same person.
const endAction = "end-sessions"

// POST /api/auth/sessions/{id}/end ends one of the person's sessions.
//
// Another session requires a confirmation. One's own does not: its cookie is enough
// to sign out.
func (a *App) endSession(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
	if urlParam(r, "id") == session.ID {
		return a.endSessionByID(w, r, session)
	}
	return a.requireFresh(endAction, a.endSessionByID)(w, r, session)
}

// endSessionByID answers the same for another person's session and an unknown one.
func (a *App) endSessionByID(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
	err := a.auth.EndSession(r.Context(), urlParam(r, "id"))
	if auth.CodeOf(err) == auth.SessionUnknown && wantsFragment(r) { // the list was out of date
		return a.sessionsChanged(w, r, session, http.StatusNotFound, sessionEndedBefore)
	}
	if err != nil {
		return err
	}
	return a.sessionsChanged(w, r, session, http.StatusOK, sessionEnded)
}

// POST /api/auth/sessions/end-others ends all of the person's sessions except this
// one.
func (a *App) endOtherSessions(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
	if err := a.auth.EndOtherSessions(r.Context()); err != nil {
		return err
	}
	return a.sessionsChanged(w, r, session, http.StatusOK, otherSessionsEnded)
}

// POST /api/auth/sessions/device names the device of this session. An unchanged name is no
// error.
func (a *App) device(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
	if err := a.auth.NameDevice(r.Context(), r.PostFormValue("device")); err != nil {
		return err
	}
	return a.sessionsChanged(w, r, session, http.StatusOK, deviceRenamed)
}

// sessionsChanged answers with the new list: htmx swaps it in, and a plain form
// returns to the list, which shows the notice once.
func (a *App) sessionsChanged(w http.ResponseWriter, r *http.Request, session *auth.Session, status int, notice auth.NoticeKind) error {
	if !wantsFragment(r) {
		page := "/profile#sessions"
		if !a.config.Pages { // the app has a profile of its own
			page = "/"
		}
		return a.redirect(w, r, auth.Redirect{URL: page, Cookies: []*http.Cookie{a.auth.NoticeCookie(notice)}})
	}
	list, err := a.sessions(r, session)
	if err != nil {
		return err
	}
	list.Notice = a.notice(&auth.Notice{Kind: notice})
	return a.render(w, r, status, views.ProfilePage(views.Profile{Page: views.Page{Site: a.site, Person: list.Person}, Sessions: list}), "sessions")
}

// sessions is the list of the person's sessions.
func (a *App) sessions(r *http.Request, session *auth.Session) (views.Sessions, error) {
	all, err := a.auth.Sessions(r.Context())
	list := views.Sessions{Page: views.Page{Site: a.site, Person: a.person(r, session)}, URL: a.auth.BasePath() + "/sessions", Now: a.auth.Now()}
	for _, s := range all {
		row := views.SessionRow{
			ID: s.ID, Current: s.Current, Phone: isPhone(s.Agent), Device: s.Device, Browser: BrowserName(s.Agent),
			Address: networkText(s.Address), StartedAt: s.StartedAt, LastSeen: s.LastSeen,
		}
		if s.Current {
			row.ExpiresAt, row.Deadline = session.ExpiresAt, session.Deadline
		}
		list.Rows = append(list.Rows, row)
	}
	return list, err
}

// networkText writes a network in the manner of an address: 192.0.2.x for
// 192.0.2.0/24, and 2001:db8:1:x for 2001:db8:1::/48.
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

// browserNames and systemNames are those that a page shows: a User-Agent can contain
// anything.
var (
	browserNames = []string{
		useragent.Opera, useragent.OperaMini, useragent.OperaTouch, useragent.Chrome, useragent.HeadlessChrome, useragent.Firefox,
		useragent.InternetExplorer, useragent.Safari, useragent.Edge, useragent.Vivaldi, useragent.SamsungBrowser, useragent.GoogleAdsBot,
		useragent.Googlebot, useragent.Twitterbot, useragent.FacebookExternalHit, useragent.Applebot, useragent.Bingbot,
		useragent.FacebookApp, useragent.InstagramApp, useragent.TiktokApp, "Android browser", "Miui Browser", "Huawei Browser",
	}
	systemNames = []string{
		useragent.Windows, useragent.WindowsPhone, useragent.Android, useragent.MacOS, useragent.IOS, useragent.Linux, useragent.FreeBSD,
		useragent.ChromeOS, useragent.BlackBerry, useragent.Harmony, "iPhone", "iPad", "iPod",
	}
)

// BrowserName describes a User-Agent so that people recognize their browser, as
// "Firefox on Linux". The browser chooses it; it proves nothing.
func BrowserName(agent string) string {
	ua := useragent.Parse(agent)
	system := ua.OS
	if ua.IsIOS() && ua.Device != "" {
		system = ua.Device
	}
	if !slices.Contains(systemNames, system) {
		system = ""
	}
	switch {
	case !slices.Contains(browserNames, ua.Name) || system == "" && !ua.Bot:
		return "Unknown browser"
	case ua.Name == useragent.Safari && system == useragent.Linux:
		return "WebKit on Linux" // Safari does not exist there
	case system == "":
		return ua.Name
	}
	return ua.Name + " on " + system
}

// isPhone reports whether a User-Agent is that of a phone or a tablet.
func isPhone(agent string) bool {
	ua := useragent.Parse(agent)
	return ua.Mobile || ua.Tablet
}
