package authtest

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// grant is what one code bought: a family of tokens that live and die together.
type grant struct {
	request *authRequest
	revoked bool
}

type access struct {
	*grant
	scopes []string
	expiry time.Time
}

type refresh struct {
	*grant
	expiry time.Time
	used   bool // by rotation
}

// refreshRequest is a grant as op asks for it at a refresh.
type refreshRequest struct {
	grant  *grant
	scopes []string
}

func (r *refreshRequest) GetAMR() []string                 { return r.grant.request.GetAMR() }
func (r *refreshRequest) GetAudience() []string            { return r.grant.request.GetAudience() }
func (r *refreshRequest) GetAuthTime() time.Time           { return r.grant.request.GetAuthTime() }
func (r *refreshRequest) GetClientID() string              { return r.grant.request.ClientID }
func (r *refreshRequest) GetScopes() []string              { return r.scopes }
func (r *refreshRequest) GetSubject() string               { return r.grant.request.subject }
func (r *refreshRequest) SetCurrentScopes(scopes []string) { r.scopes = scopes }
func (r *refreshRequest) sid() string                      { return r.grant.request.sid() }

func (s *storage) CreateAccessToken(_ context.Context, req op.TokenRequest) (string, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.redeem(req)
	if err != nil {
		return "", time.Time{}, err
	}
	id, expiry := s.newAccess(g, req.GetScopes())
	return id, expiry, nil
}

func (s *storage) CreateAccessAndRefreshTokens(_ context.Context, req op.TokenRequest, current string) (string, string, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.redeem(req)
	if err != nil {
		return "", "", time.Time{}, err
	}
	next, err := s.rotate(g, current)
	if err != nil {
		return "", "", time.Time{}, err
	}
	id, expiry := s.newAccess(g, req.GetScopes())
	return id, next, expiry, nil
}

// redeem turns a code into a grant. Two requests may come this far with the same
// code: only the first gets anything, and loses it to the second.
func (s *storage) redeem(req op.TokenRequest) (*grant, error) {
	switch req := req.(type) {
	case *refreshRequest:
		return req.grant, nil
	case *authRequest:
		c := s.codeOf[req.id]
		if c.grant != nil {
			c.grant.revoked = true
			return nil, oidc.ErrInvalidGrant().WithDescription("code used twice")
		}
		c.grant = &grant{request: req}
		return c.grant, nil
	}
	return nil, oidc.ErrUnsupportedGrantType()
}

// rotate returns the refresh token to use from now on, which is the same one unless
// the provider rotates them. A used one revokes the family.
func (s *storage) rotate(g *grant, current string) (string, error) {
	old, ok := s.refresh[current]
	switch {
	case ok && old.used:
		g.revoked = true
		return "", oidc.ErrInvalidGrant().WithDescription("refresh token used twice")
	case ok && !s.settings.rotate:
		return current, nil
	case ok:
		old.used = true
	}
	next := rand.Text()
	s.refresh[next] = &refresh{grant: g, expiry: time.Now().Add(s.settings.refreshLife)}
	return next, nil
}

func (s *storage) newAccess(g *grant, scopes []string) (string, time.Time) {
	id, expiry := rand.Text(), time.Now().Add(s.settings.accessLife)
	s.access[id] = &access{grant: g, scopes: scopes, expiry: expiry}
	return id, expiry
}

func (s *storage) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.refresh[token]
	switch {
	case !ok, t.revoked, time.Now().After(t.expiry):
		return nil, errors.New("unknown refresh token")
	case t.used:
		t.revoked = true
		return nil, errors.New("refresh token used twice")
	}
	return &refreshRequest{grant: t.grant, scopes: t.request.GetScopes()}, nil
}

// GetRefreshTokenInfo tells a refresh token from an access token, for revocation.
func (s *storage) GetRefreshTokenInfo(_ context.Context, _, token string) (subject, id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.refresh[token]
	if !ok {
		return "", "", op.ErrInvalidRefreshToken
	}
	return t.request.subject, token, nil
}

// RevokeToken takes a refresh token, which falls with its whole family, or the id
// of an access token, which falls alone (RFC 7009, section 2.1). Unknown tokens are
// revoked already.
func (s *storage) RevokeToken(_ context.Context, token, _, client string) *oidc.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.refresh[token]; ok && t.request.ClientID == client {
		t.revoked = true
	}
	if t, ok := s.access[token]; ok && t.request.ClientID == client {
		delete(s.access, token)
	}
	return nil
}
