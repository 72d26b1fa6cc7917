package authtest

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"
)

// cookieName is the cookie of the provider's own login session. Browsers share
// cookies between the ports of a host, so the name must not be the app's.
const cookieName = "authtest_provider"

// The authentication context classes that acr_values may ask for. Nothing but the
// claim tells them apart.
var acrs = []string{"LOA1", "LOA2"}

// session is a login session at the provider. It is never changed once it is
// stored, only replaced.
type session struct {
	sid      string
	subject  string
	acr      string
	authTime time.Time
	clients  []string // which relying parties took part, by client id
}

// Session is a login session at the provider, as tests see it.
type Session struct {
	SID     string   // the sid claim of its ID tokens and logout tokens
	Subject string   // who is signed in
	Clients []string // the relying parties that took part, by client ID
}

// Sessions returns the login sessions that are alive, oldest first.
func (p *Provider) Sessions() []Session {
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	alive := make([]*session, 0, len(p.storage.sessions))
	for _, s := range p.storage.sessions {
		alive = append(alive, s)
	}
	slices.SortFunc(alive, func(a, b *session) int { return a.authTime.Compare(b.authTime) })
	sessions := make([]Session, len(alive))
	for i, s := range alive {
		sessions[i] = Session{SID: s.sid, Subject: s.subject, Clients: slices.Clone(s.clients)}
	}
	return sessions
}

// session returns the login session of whoever sends this request, or nil.
func (s *storage) session(r *http.Request) *session {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[cookie.Value]
}

// begin signs a person in at the provider. Whoever proves again who they are keeps
// their session and its sid; someone else begins a new one.
func (s *storage) begin(w http.ResponseWriter, r *http.Request, person Person, acr string) *session {
	login := &session{sid: rand.Text(), subject: person.Subject, acr: acr, authTime: time.Now()}
	if old := s.session(r); old != nil && old.subject == person.Subject {
		login.sid, login.clients = old.sid, old.clients
		s.end(func(other *session) bool { return other == old })
	}
	token := rand.Text()
	s.mu.Lock()
	s.sessions[token] = login
	s.mu.Unlock()
	http.SetCookie(w, s.cookie(token))
	return login
}

// join notes that a client takes part in a session.
func (s *storage) join(login *session, client string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(login.clients, client) {
		return login
	}
	joined := *login
	joined.clients = append(slices.Clip(login.clients), client)
	for token, other := range s.sessions {
		if other == login {
			s.sessions[token] = &joined
		}
	}
	return &joined
}

// end removes the sessions of which this is true, and returns them.
func (s *storage) end(which func(*session) bool) []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ended []*session
	for token, login := range s.sessions {
		if which(login) {
			ended = append(ended, login)
			delete(s.sessions, token)
		}
	}
	return ended
}

func (s *storage) cookie(value string) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/t/dev", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(s.settings.url, "https://"),
	}
}

// satisfies reports whether a session answers a request without asking anything
// (OpenID Connect Core, section 3.1.2.1).
func (s *session) satisfies(r *authRequest) bool {
	switch {
	case s == nil, r.prompts("login"), r.prompts("create"), r.prompts("select_account"):
		return false
	case r.subject != "" && r.subject != s.subject:
		return false
	case r.MaxAge != nil && time.Since(s.authTime) > time.Duration(*r.MaxAge)*time.Second:
		return false
	}
	return acrFor(r) == "" || slices.Contains(r.ACRValues, s.acr)
}

// acrFor returns the first class of those asked for that the provider knows, or "".
func acrFor(r *authRequest) string {
	for _, acr := range r.ACRValues {
		if slices.Contains(acrs, acr) {
			return acr
		}
	}
	return ""
}
