package authtest

import (
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// authorize answers the authorization endpoint (OpenID Connect Core, section 3.1.2).
// op judges the request, and sends the browser on to login.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	if err := p.expand(r); err != nil {
		badRequest(w, "This sign-in cannot begin", err.Error())
		return
	}
	op.Authorize(p.wayBack(w), r, p.op)
}

// login asks who someone is, unless their session at the provider tells.
func (p *Provider) login(w http.ResponseWriter, r *http.Request) {
	req, ok := p.storage.request(r.URL.Query().Get("request"))
	if !ok {
		badRequest(w, "This sign-in is no longer under way", "Go back to the app and sign in again.")
		return
	}
	session := p.storage.session(r)
	switch {
	case r.Method == http.MethodPost:
		p.attempt(w, r, req)
	case session.satisfies(req):
		p.answer(w, r, req, session)
	case req.prompts(oidc.PromptNone):
		op.AuthRequestError(p.wayBack(w), r, req, oidc.ErrLoginRequired(), p.op)
	default:
		p.ask(w, http.StatusOK, req, req.LoginHint, "")
	}
}

// attempt judges what someone has put into the login page.
func (p *Provider) attempt(w http.ResponseWriter, r *http.Request, req *authRequest) {
	if r.PostFormValue("cancel") != "" {
		op.AuthRequestError(p.wayBack(w), r, req, oidc.ErrAccessDenied().WithDescription("User denied the consent"), p.op) // as Asgardeo says it
		return
	}
	username := r.PostFormValue("username")
	person, ok := p.storage.authenticate(username, r.PostFormValue("password"))
	if !ok {
		p.ask(w, http.StatusUnprocessableEntity, req, username, "That user name and password do not belong together. Please try again.")
		return
	}
	acr := acrFor(req)
	if acr == "" {
		acr = acrs[0]
	}
	p.answer(w, r, req, p.storage.begin(w, r, person, acr))
}

// answer sends the browser back to the relying party with a code.
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, req *authRequest, login *session) {
	login = p.storage.join(login, req.ClientID)
	op.AuthResponse(p.storage.finish(req, login), p.op, p.wayBack(w), r)
}

func (p *Provider) ask(w http.ResponseWriter, status int, req *authRequest, username, problem string) {
	show(w, status, "login", page{
		Title:    "Sign in",
		Client:   req.ClientID,
		Create:   req.prompts("create"),
		Username: username,
		Problem:  problem,
		People:   p.settings.people,
	})
}
