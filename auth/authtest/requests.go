package authtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// codeLife is how long a code may wait to be redeemed.
const codeLife = 5 * time.Minute

// authRequest is an authorization request, and once someone has signed in, who.
// It is never changed once it is stored, only replaced.
type authRequest struct {
	oidc.AuthRequest
	id      string
	subject string   // whom the id_token_hint names, or who has signed in
	login   *session // nil until someone has signed in
	acr     string
}

func (r *authRequest) GetID() string          { return r.id }
func (r *authRequest) GetACR() string         { return r.acr }
func (r *authRequest) GetAMR() []string       { return []string{"pwd"} }
func (r *authRequest) GetAudience() []string  { return []string{r.ClientID} }
func (r *authRequest) GetAuthTime() time.Time { return r.login.authTime }
func (r *authRequest) GetClientID() string    { return r.ClientID }
func (r *authRequest) GetNonce() string       { return r.Nonce }
func (r *authRequest) GetSubject() string     { return r.subject }
func (r *authRequest) Done() bool             { return r.login != nil }
func (r *authRequest) sid() string            { return r.login.sid }
func (r *authRequest) prompts(p string) bool  { return slices.Contains(r.Prompt, p) }
func (r *authRequest) offline() bool          { return slices.Contains(r.Scopes, oidc.ScopeOfflineAccess) }

// GetScopes includes offline_access always, since op hands out a refresh token for
// nothing else. The token endpoint takes it out again.
func (r *authRequest) GetScopes() []string {
	if r.offline() {
		return r.Scopes
	}
	return append(slices.Clip(r.Scopes), oidc.ScopeOfflineAccess)
}

func (r *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.CodeChallenge, Method: r.CodeChallengeMethod}
}

// GetSessionState makes the session_state of a callback (OpenID Connect Session
// Management, section 3.2).
func (r *authRequest) GetSessionState() string {
	origin, err := url.Parse(r.RedirectURI)
	if err != nil || r.login == nil {
		return ""
	}
	salt := rand.Text()
	sum := sha256.Sum256([]byte(r.ClientID + " " + origin.Scheme + "://" + origin.Host + " " + r.login.sid + " " + salt))
	return base64.RawURLEncoding.EncodeToString(sum[:]) + "." + salt
}

// CreateAuthRequest stores a request that op has found to be sound, and adds what
// op leaves open: PKCE with S256 is required (RFC 9700, section 2.1.1).
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

// request returns an authorization request by the id that stands in the login page's URL.
func (s *storage) request(id string) (*authRequest, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.requests[id]
	return r, ok
}

// finish returns the request as one that this session's person has answered. The first
// one stays: whoever goes back to the login page may sign in there again.
func (s *storage) finish(r *authRequest, login *session) *authRequest {
	done := *r
	done.id, done.login, done.subject, done.acr = rand.Text(), login, login.subject, login.acr
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered[done.id] = &done
	return &done
}

// code is an authorization code, kept when it is spent to know it again.
type code struct {
	request *authRequest
	expiry  time.Time
	grant   *grant // nil until the code is redeemed
}

func (s *storage) SaveAuthCode(_ context.Context, id, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &code{request: s.answered[id], expiry: time.Now().Add(codeLife)}
	s.codes[value], s.codeOf[id] = c, c
	delete(s.answered, id)
	return nil
}

// AuthRequestByCode refuses a code that is spent, and revokes what it bought
// (RFC 6749, section 4.1.2).
func (s *storage) AuthRequestByCode(_ context.Context, value string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.codes[value]
	switch {
	case !ok:
		return nil, errors.New("unknown code")
	case c.grant != nil:
		c.grant.revoked = true
		return nil, errors.New("code used twice")
	case time.Now().After(c.expiry):
		return nil, errors.New("code expired")
	}
	return c.request, nil
}

// DeleteAuthRequest has nothing left to do: a spent code is remembered.
func (s *storage) DeleteAuthRequest(context.Context, string) error { return nil }
