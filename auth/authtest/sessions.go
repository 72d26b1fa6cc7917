package authtest

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"
)

// cookieName differs from the app's cookies, because browsers share cookies between
// the ports of a host.
const cookieName = "authtest_provider"

// acrs are the authentication context classes that acr_values may ask for. Only the
// acr claim differs between them.
var acrs = []string{"LOA1", "LOA2"}

// Session is a login session at the provider.
type Session struct {
	SID     string   // the sid claim of its ID tokens and logout tokens
	Subject string   // of the person who is signed in
	Clients []string // the client IDs of the apps that they have signed in to
}

// session is never changed once it is stored, only replaced.
type session struct {
	Session
	token    string // the cookie's value
	acr      string
	authTime time.Time
}

// Sessions returns the login sessions, oldest first.
func (p *Provider) Sessions() []Session {
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	var sessions []Session
	for _, s := range p.storage.sessions {
		sessions = append(sessions, s.Session)
	}
	return sessions
}

// session returns the login session of a request, or nil.
func (s *storage) session(r *http.Request) *session {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.sessions, func(login *session) bool { return login.token == cookie.Value }); i >= 0 {
		return s.sessions[i]
	}
	return nil
}

// startSession signs a person in at the provider. A person who is signed in already
// keeps their sid.
func (s *storage) startSession(w http.ResponseWriter, r *http.Request, person Person, acr string) *session {
	login := &session{Session: Session{SID: rand.Text(), Subject: person.Subject}, token: rand.Text(), acr: acr, authTime: s.provider.time()}
	if old := s.session(r); old != nil && old.Subject == person.Subject {
		login.Session = old.Session
		s.endSessions(func(other *session) bool { return other == old })
	}
	s.mu.Lock()
	s.sessions = append(s.sessions, login)
	s.mu.Unlock()
	http.SetCookie(w, s.cookie(login.token))
	return login
}

// addClient records that the person has signed in to an app.
func (s *storage) addClient(login *session, client string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(login.Clients, client) {
		return login
	}
	changed := *login
	changed.Clients = append(slices.Clip(login.Clients), client)
	if i := slices.Index(s.sessions, login); i >= 0 {
		s.sessions[i] = &changed
	}
	return &changed
}

// endSessions ends the sessions that match, and returns them.
func (s *storage) endSessions(matches func(*session) bool) []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ended []*session
	s.sessions = slices.DeleteFunc(s.sessions, func(login *session) bool {
		if matches(login) {
			ended = append(ended, login)
			return true
		}
		return false
	})
	return ended
}

func (s *storage) cookie(value string) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/t/dev", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(s.provider.URL, "https://"),
	}
}

// satisfies reports whether a request needs no login page (OpenID Connect Core
// section 3.1.2.1).
func (s *session) satisfies(r *authRequest, now time.Time) bool {
	switch {
	case s == nil, r.prompts("login"), r.prompts("create"), r.prompts("select_account"):
		return false
	case r.subject != "" && r.subject != s.Subject:
		return false
	case r.MaxAge != nil && now.Sub(s.authTime) >= time.Duration(*r.MaxAge)*time.Second:
		return false
	}
	return acrFor(r) == "" || slices.Contains(r.ACRValues, s.acr)
}

// acrFor returns the first class in a request's acr_values that the provider has, or "".
func acrFor(r *authRequest) string {
	if i := slices.IndexFunc(r.ACRValues, func(acr string) bool { return slices.Contains(acrs, acr) }); i >= 0 {
		return r.ACRValues[i]
	}
	return ""
}
