package authtest

import (
	"cmp"
	"crypto/rand"
	"embed"
	"html/template"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// login serves the login page. A person with a session skips it.
func (p *Provider) login(w http.ResponseWriter, r *http.Request) {
	p.storage.mu.Lock()
	req := p.storage.requests[r.URL.Query().Get("request")]
	p.storage.mu.Unlock()
	if req == nil {
		showError(w, cannotSignIn, "This sign-in has expired. Go back to the app and sign in again.")
		return
	}
	session := p.storage.session(r)
	switch {
	case r.Method == http.MethodPost:
		p.checkLogin(w, r, req)
	case session.satisfies(req, p.time()):
		p.redirectWithCode(w, r, req, session)
	case req.prompts(oidc.PromptNone):
		op.AuthRequestError(&callbackWriter{w, p, false}, r, req, oidc.ErrLoginRequired(), p.op)
	default:
		p.showLogin(w, http.StatusOK, req, req.LoginHint, "")
	}
}

func (p *Provider) checkLogin(w http.ResponseWriter, r *http.Request, req *authRequest) {
	if r.PostFormValue("cancel") != "" {
		err := oidc.ErrAccessDenied().WithDescription("User denied the consent") // Asgardeo's words
		op.AuthRequestError(&callbackWriter{w, p, false}, r, req, err, p.op)
		return
	}
	username, password := r.PostFormValue("username"), r.PostFormValue("password")
	person, ok := p.person(username)
	if !ok || person.Password != password {
		p.showLogin(w, http.StatusUnprocessableEntity, req, username, "The user name or the password is wrong. Please try again.")
		return
	}
	p.redirectWithCode(w, r, req, p.storage.startSession(w, r, person, cmp.Or(acrFor(req), acrs[0])))
}

func (p *Provider) redirectWithCode(w http.ResponseWriter, r *http.Request, req *authRequest, login *session) {
	login = p.storage.addClient(login, req.ClientID)
	done := *req // the request stays, so that the person may go back and sign in again
	done.id, done.login, done.subject = rand.Text(), login, login.Subject
	p.storage.mu.Lock()
	p.storage.signedIn[done.id] = &done
	p.storage.mu.Unlock()
	op.AuthResponse(&done, p.op, &callbackWriter{w, p, false}, r)
}

func (p *Provider) showLogin(w http.ResponseWriter, status int, req *authRequest, username, problem string) {
	show(w, status, "login", page{
		Title:    "Sign in",
		Client:   req.ClientID,
		Create:   req.prompts("create"),
		Username: username,
		Problem:  problem,
		People:   p.people,
	})
}

const stylePath = "/t/dev/login.css"

//go:embed pages.html pages.css
var files embed.FS

var pages = template.Must(template.ParseFS(files, "pages.html"))

// page is the content of one of the templates login, confirm and message.
type page struct {
	Title    string
	Client   string // the ID of the app
	Create   bool   // prompt=create
	Username string
	Problem  string // the error of the last attempt
	Message  string
	People   []Person
}

func show(w http.ResponseWriter, status int, template string, p page) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	// Without form-action: browsers apply it to the redirect to the app.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, template, p) // fails only if the client disconnected
}

// The titles of error pages.
const (
	cannotSignIn  = "This sign-in request is invalid"
	cannotSignOut = "This sign-out request is invalid"
)

func showError(w http.ResponseWriter, title, text string) {
	show(w, http.StatusBadRequest, "message", page{Title: title, Message: text})
}
