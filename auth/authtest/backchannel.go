package authtest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// logoutTokenLife is as long as Asgardeo's.
const logoutTokenLife = 2 * time.Minute

// EndSession ends the login sessions with this sid, or of this subject, as if a person
// had signed out elsewhere: every relying party that took part and registered a
// back-channel logout URI gets a logout token. It returns when all have answered, with
// an error for each that did not answer 200.
func (p *Provider) EndSession(sidOrSubject string) error {
	return p.endSessions(func(s *session) bool { return s.sid == sidOrSubject || s.subject == sidOrSubject })
}

func (p *Provider) endSessions(which func(*session) bool) error {
	var problems []error
	for _, ended := range p.storage.end(which) {
		for _, id := range ended.clients {
			if c, ok := p.storage.client(id); ok && c.BackChannelLogoutURI != "" {
				problems = append(problems, deliver(c.BackChannelLogoutURI, p.logoutToken(id, ended.subject, ended.sid, nil)))
			}
		}
	}
	return errors.Join(problems...)
}

// LogoutToken returns a signed logout token (OpenID Connect Back-Channel Logout 1.0,
// section 2.4) for a test to send. It speaks of the newest login session and of the
// client that joined it last, or of nobody in particular; edit, unless it is nil, changes
// header and claims before it is signed. A value set to nil becomes null: delete it to
// leave it out.
func (p *Provider) LogoutToken(edit func(header, claims map[string]any)) string {
	client, newest := ClientID, Session{SID: rand.Text(), Subject: Ada.Subject}
	if alive := p.Sessions(); len(alive) > 0 {
		newest = alive[len(alive)-1]
	}
	if n := len(newest.Clients); n > 0 {
		client = newest.Clients[n-1]
	}
	return p.logoutToken(client, newest.Subject, newest.SID, edit)
}

func (p *Provider) logoutToken(client, subject, sid string, last editJWT) string {
	k, m := p.knobs.now()
	now := time.Now().Truncate(time.Second)
	header := k.header(map[string]any{"typ": "logout+jwt"})
	claims := map[string]any{
		"iss":    p.Issuer(),
		"aud":    []any{client},
		"sub":    subject,
		"sid":    sid,
		"iat":    float64(now.Unix()),
		"exp":    float64(now.Add(logoutTokenLife).Unix()),
		"jti":    rand.Text(),
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	shift(claims, m.clock)
	for _, edit := range []editJWT{m.logoutToken, last} {
		if edit != nil {
			edit(header, claims)
		}
	}
	return k.signJSON(header, claims)
}

// deliver posts a logout token (section 2.5 of the specification).
func deliver(uri, token string) error {
	client := http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	answer, err := client.PostForm(uri, url.Values{"logout_token": {token}})
	if err != nil {
		return fmt.Errorf("authtest: back-channel logout: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("authtest: back-channel logout: %s answered %s", uri, answer.Status)
	}
	return nil
}
