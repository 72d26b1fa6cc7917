package authtest

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// authorize serves the authorization endpoint (OpenID Connect Core section 3.1.2). op
// checks the request and redirects to the login page.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	if problem := p.expandPushed(r); problem != "" {
		showError(w, cannotSignIn, problem)
		return
	}
	op.Authorize(&callbackWriter{w, p, false}, withRedirectURI(r, "redirect_uri"), p.op)
}

// authRequest is an authorization request. It is never changed once it is stored, only
// replaced.
type authRequest struct {
	oidc.AuthRequest
	id      string
	subject string   // of the id_token_hint, or of the person who has signed in
	login   *session // nil until a person has signed in
}

func (r *authRequest) GetID() string          { return r.id }
func (r *authRequest) GetACR() string         { return r.login.acr }
func (r *authRequest) GetAMR() []string       { return []string{"pwd"} }
func (r *authRequest) GetAudience() []string  { return []string{r.ClientID} }
func (r *authRequest) GetAuthTime() time.Time { return r.login.authTime }
func (r *authRequest) GetClientID() string    { return r.ClientID }
func (r *authRequest) GetNonce() string       { return r.Nonce }
func (r *authRequest) GetSubject() string     { return r.subject }
func (r *authRequest) Done() bool             { return r.login != nil }
func (r *authRequest) sid() string            { return r.login.SID }
func (r *authRequest) prompts(p string) bool  { return slices.Contains(r.Prompt, p) }

// GetScopes always includes offline_access, because op issues a refresh token only for
// that scope, and Asgardeo for every code. The token endpoint removes it again.
func (r *authRequest) GetScopes() []string {
	if slices.Contains(r.Scopes, oidc.ScopeOfflineAccess) {
		return r.Scopes
	}
	return append(slices.Clip(r.Scopes), oidc.ScopeOfflineAccess)
}

func (r *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.CodeChallenge, Method: r.CodeChallengeMethod}
}

// GetSessionState returns the session_state of the callback, which is opaque to the app
// (OpenID Connect Session Management section 2).
func (r *authRequest) GetSessionState() string {
	if r.login == nil {
		return ""
	}
	return rand.Text()
}

// CreateAuthRequest stores a request that op has checked. It also requires PKCE with
// S256 (RFC 9700 section 2.1.1).
func (s *storage) CreateAuthRequest(_ context.Context, req *oidc.AuthRequest, hinted string) (op.AuthRequest, error) {
	if req.CodeChallenge == "" || req.CodeChallengeMethod != oidc.CodeChallengeMethodS256 {
		return nil, oidc.ErrInvalidRequest().WithDescription("PKCE with S256 is required")
	}
	r := &authRequest{AuthRequest: *req, id: rand.Text(), subject: hinted}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[r.id] = r
	return r, nil
}

// callbackWriter is a response of op to a browser. It edits redirects to the app, and
// shows op's errors as pages.
type callbackWriter struct {
	http.ResponseWriter
	provider *Provider
	failed   bool
}

func (w *callbackWriter) WriteHeader(status int) {
	if w.failed = status == http.StatusBadRequest; w.failed {
		return
	}
	edit := w.provider.current().callback
	if u, err := url.Parse(w.Header().Get("Location")); err == nil && u.IsAbs() && edit != nil {
		query := u.Query()
		edit(query)
		u.RawQuery = query.Encode()
		w.Header().Set("Location", u.String())
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *callbackWriter) Write(text []byte) (int, error) {
	if w.failed {
		showError(w.ResponseWriter, cannotSignIn, string(text))
		return len(text), nil
	}
	return w.ResponseWriter.Write(text)
}
