package authtest

import (
	"errors"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// logout answers the end session endpoint (OpenID Connect RP-Initiated Logout 1.0). A
// valid id_token_hint ends the session of whom it names; otherwise the person is asked.
func (p *Provider) logout(w http.ResponseWriter, r *http.Request) {
	req, err := op.ParseEndSessionRequest(r, p.op.Decoder())
	if err != nil {
		badRequest(w, "You cannot be signed out this way", describe(err))
		return
	}
	end, err := op.ValidateEndSessionRequest(r.Context(), req, p.op)
	if err != nil {
		badRequest(w, "You cannot be signed out this way", describe(err))
		return
	}
	login := p.storage.session(r)
	if !vouches(end, login) && r.PostFormValue("confirm") == "" {
		show(w, http.StatusOK, "confirm", page{Title: "Sign out?", Message: "An app asks the test provider to sign you out."})
		return
	}
	p.leave(w, r, end, login)
}

// vouches reports whether the request proves to come from an app of the person whose
// browser sends it (section 2 of the specification).
func vouches(end *op.EndSessionRequest, login *session) bool {
	return end.IDTokenHintClaims != nil && (login == nil || login.subject == end.UserID)
}

// leave ends the browser's session and the one of the hint, tells the relying parties,
// and sends the browser where it wants to go.
func (p *Provider) leave(w http.ResponseWriter, r *http.Request, end *op.EndSessionRequest, login *session) {
	hinted := ""
	if end.IDTokenHintClaims != nil {
		hinted = end.IDTokenHintClaims.SessionID
	}
	// Whether a relying party could be told does not concern the person.
	_ = p.endSessions(func(s *session) bool { return s == login || s.sid == hinted })
	gone := p.storage.cookie("")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	if end.RedirectURI == "" {
		show(w, http.StatusOK, "message", page{Title: "You are signed out", Message: "You may close this page."})
		return
	}
	http.Redirect(w, r, end.RedirectURI, http.StatusFound)
}

func describe(err error) string {
	if e := new(oidc.Error); errors.As(err, &e) && e.Description != "" {
		return e.Description
	}
	return "The request is not valid."
}
