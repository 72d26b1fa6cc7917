package handlers

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"

	"latchkey/auth"
	"latchkey/views"
)

// loadSession loads the session, and counts the request as activity unless the
// browser or the script sends it by itself.
func (a *App) loadSession(next http.Handler) http.Handler {
	activity, background := a.auth.Middleware(next), a.auth.Background(next)
	return unlessPrepared(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPrefetch(r) || isRefresh(r) {
			background.ServeHTTP(w, r)
			return
		}
		activity.ServeHTTP(w, r)
	}), next)
}

// GET /api/auth/session returns who is signed in as JSON, or null; for our script, a
// warning that the session is about to end, as a fragment.
func (a *App) session(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil && !wantsFragment(r) {
		return jsonError{err}
	}
	if err != nil {
		return err
	}
	if session == nil {
		return writeJSON(w, http.StatusOK, nil)
	}
	if wantsFragment(r) {
		return a.render(w, r, http.StatusOK, a.expiryDialog(r, session), "")
	}
	w.Header().Set("Date", a.auth.Now().UTC().Format(http.TimeFormat)) // the script compares it with expires
	return writeJSON(w, http.StatusOK, sessionJSON{session.User, session.Provider, session.ExpiresAt.UTC().Format(time.RFC3339)})
}

// POST /api/auth/session keeps the session alive: the request counts as activity,
// which moves the session's expiry.
func (a *App) keepAlive(w http.ResponseWriter, r *http.Request, _ *auth.Session) error {
	if !fromHTMX(r) {
		return a.redirect(w, r, auth.Redirect{URL: "/"})
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// expiryDialog offers to keep the session alive, or, near its deadline, to sign in
// again.
func (a *App) expiryDialog(r *http.Request, session *auth.Session) templ.Component {
	target := ".part"
	if inAppPage(r) {
		target = "#dialog-part"
	}
	var card *views.SignIn
	if !session.ExpiresAt.Before(session.Deadline) {
		popup := a.popupSignInCard(r)
		card = &popup
	}
	return views.ExpiryDialog(views.Page{Site: a.site, Person: a.person(r, session)}, session.ExpiresAt, card, target)
}

// sessionJSON has the shape of Auth.js, with the subject and the provider, and never
// a token.
type sessionJSON struct {
	User     auth.User `json:"user"`
	Provider string    `json:"provider"`
	Expires  string    `json:"expires"`
}

func writeJSON(w http.ResponseWriter, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	dropAppHeaders(w.Header())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
	return nil
}

// GET /api/auth/verify tells a reverse proxy who is signed in, such as nginx with
// auth_request: 204 with headers about the person, or 401. It is the only part of a
// gateway here. A program that the proxy forwards to trusts these headers, so the proxy
// must replace those that a client sends.
func (a *App) verify(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return jsonError{err}
	}
	if session == nil {
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	if headerText(session.User.Subject) == "" {
		return jsonError{errors.New("the sub cannot be in a header: it is not printable ASCII (OpenID Connect Core section 2)")}
	}
	for name, value := range a.verifiedHeaders(r, session) {
		if value != "" && len(value) <= maxVerified {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// maxVerified is the longest of these headers, in bytes: all headers of a response must fit
// into a proxy's buffer.
const maxVerified = 2 << 10

// verifiedHeaders is the allowlist of what the proxy learns. With several providers, the
// user has the provider's id in front, because two of them can use one subject. An e-mail
// address counts if the provider has verified it, and groups as in App.RequireGroup.
func (a *App) verifiedHeaders(r *http.Request, session *auth.Session) map[string]string {
	user := session.User.Subject
	if len(a.auth.Providers(r.Context())) > 1 {
		user = session.Provider + ":" + user
	}
	headers := map[string]string{"X-Auth-Request-User": headerText(user)}
	if session.EmailVerified() {
		headers["X-Auth-Request-Email"] = headerText(session.User.Email)
	}
	if provider, err := a.trustedGroups(r); err == nil {
		// A name that a program could read as several, or as another one, is left out.
		groups := slices.DeleteFunc(session.Groups(provider), func(group string) bool {
			return headerText(group) == "" || strings.Contains(group, ",")
		})
		headers["X-Auth-Request-Groups"] = strings.Join(groups, ",")
	}
	return headers
}

// headerText returns text that every program reads from a header as it is, and "" for any
// other text (RFC 9110 section 5.5).
func headerText(text string) string {
	other := func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }
	if strings.ContainsFunc(text, other) || strings.TrimSpace(text) != text {
		return ""
	}
	return text
}
