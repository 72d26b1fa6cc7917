package authtest

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// logoutTokenLifetime is Asgardeo's.
const logoutTokenLifetime = 2 * time.Minute

// logout serves the end session endpoint (OpenID Connect RP-Initiated Logout 1.0). The
// person is asked first, unless a valid id_token_hint is theirs.
func (p *Provider) logout(w http.ResponseWriter, r *http.Request) {
	req, err := op.ParseEndSessionRequest(r, p.op.Decoder())
	var end *op.EndSessionRequest
	if err == nil {
		r = withRedirectURI(r, "post_logout_redirect_uri")
		end, err = op.ValidateEndSessionRequest(r.Context(), req, p.op)
	}
	if err != nil {
		e := new(oidc.Error)
		errors.As(err, &e)
		showError(w, cannotSignOut, cmp.Or(e.Description, "The request is malformed."))
		return
	}
	login := p.storage.session(r)
	hinted := end.IDTokenHintClaims != nil && (login == nil || login.Subject == end.UserID) // section 2
	if !hinted && r.PostFormValue("confirm") == "" {
		show(w, http.StatusOK, "confirm", page{Title: "Sign out?", Message: "An app asks the test provider to sign you out."})
		return
	}
	p.signOut(w, r, end, login)
}

// signOut ends the browser's session and that of the hint, notifies the apps, and
// redirects the browser.
func (p *Provider) signOut(w http.ResponseWriter, r *http.Request, end *op.EndSessionRequest, login *session) {
	var sids []string
	if login != nil {
		sids = append(sids, login.SID)
	}
	if end.IDTokenHintClaims != nil {
		sids = append(sids, end.IDTokenHintClaims.SessionID)
	}
	for _, sid := range sids {
		_ = p.EndSession(sid) // the person cannot fix an app that fails
	}
	deleted := p.storage.cookie("")
	deleted.MaxAge = -1
	http.SetCookie(w, deleted)
	if end.RedirectURI == "" {
		show(w, http.StatusOK, "message", page{Title: "You're signed out", Message: "You can close this page."})
		return
	}
	http.Redirect(w, r, end.RedirectURI, http.StatusFound)
}

// EndSession ends the login sessions with a sid or a subject, as if the person had
// signed out in another app, and sends a logout token to each app with a back-channel
// logout URI. It returns an error for each app that does not respond with 200.
func (p *Provider) EndSession(sidOrSubject string) error {
	matches := func(s *session) bool { return s.SID == sidOrSubject || s.Subject == sidOrSubject }
	var problems []error
	for _, ended := range p.storage.endSessions(matches) {
		for _, id := range ended.Clients {
			if c, ok := p.storage.client(id); ok && c.BackChannelLogoutURI != "" {
				problems = append(problems, sendLogoutToken(c.BackChannelLogoutURI, p.logoutToken(id, ended.Session, nil)))
			}
		}
	}
	return errors.Join(problems...)
}

// LogoutToken returns a signed logout token (OpenID Connect Back-Channel Logout 1.0
// section 2.4) for the newest login session and the last app in it, or if there is
// none, for a session that never existed. The function edit, which may be nil, changes
// header and claims before the token is signed.
func (p *Provider) LogoutToken(edit func(header, claims map[string]any)) string {
	client, newest := ClientID, Session{SID: rand.Text(), Subject: Ada.Subject}
	if sessions := p.Sessions(); len(sessions) > 0 {
		newest = sessions[len(sessions)-1]
	}
	if n := len(newest.Clients); n > 0 {
		client = newest.Clients[n-1]
	}
	return p.logoutToken(client, newest, edit)
}

func (p *Provider) logoutToken(client string, ended Session, edit func(header, claims map[string]any)) string {
	c := p.current()
	return c.sign("logout+jwt", map[string]any{
		"iss":    p.Issuer(),
		"aud":    []any{client},
		"sub":    ended.Subject,
		"sid":    ended.SID,
		"jti":    rand.Text(),
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}, logoutTokenLifetime, c.logoutToken, edit)
}

// sendLogoutToken sends a logout token to an app (section 2.5).
func sendLogoutToken(uri, token string) error {
	client := http.Client{Timeout: 5 * time.Second, CheckRedirect: noRedirects}
	response, err := client.PostForm(uri, url.Values{"logout_token": {token}})
	if err != nil {
		return fmt.Errorf("authtest: back-channel logout: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("authtest: back-channel logout: %s responded with %s", uri, response.Status)
	}
	return nil
}
