package authtest

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	codeLifetime         = 5 * time.Minute
	tokenLifetime        = time.Hour // of ID tokens and access tokens
	refreshTokenLifetime = 24 * time.Hour
)

// code is an authorization code. It is kept after its use, to detect a second one.
type code struct {
	request *authRequest
	expiry  time.Time
	grant   *grant // nil until the code is redeemed
}

// grant is what a code was redeemed for: tokens that are revoked together.
type grant struct {
	request *authRequest
	revoked bool
}

type accessToken struct {
	*grant
	scopes []string
	expiry time.Time
}

type refreshToken struct {
	*grant
	expiry time.Time
	used   bool // only with rotation
}

// refreshRequest implements op.RefreshTokenRequest.
type refreshRequest struct {
	authRequest
	grant *grant
}

func (r *refreshRequest) SetCurrentScopes(scopes []string) { r.Scopes = scopes }
func (r *refreshRequest) GetNonce() string                 { return "" } // OpenID Connect Core section 12.2

func (s *storage) SaveAuthCode(_ context.Context, id, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &code{request: s.signedIn[id], expiry: s.provider.time().Add(codeLifetime)}
	s.codes[value], s.codeOf[id] = c, c
	delete(s.signedIn, id)
	return nil
}

// AuthRequestByCode rejects a code that was used before, and revokes its tokens
// (RFC 6749 section 4.1.2).
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
	case s.provider.time().After(c.expiry):
		return nil, errors.New("code expired")
	}
	return c.request, nil
}

// DeleteAuthRequest does nothing, because a used code is kept.
func (s *storage) DeleteAuthRequest(context.Context, string) error { return nil }

func (s *storage) CreateAccessAndRefreshTokens(_ context.Context, req op.TokenRequest, current string) (id, next string, expiry time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.redeem(req)
	if err != nil {
		return "", "", time.Time{}, err
	}
	if next, err = s.nextRefreshToken(g, current); err != nil {
		return "", "", time.Time{}, err
	}
	id, expiry = rand.Text(), s.provider.time().Add(tokenLifetime)
	s.access[id] = &accessToken{grant: g, scopes: req.GetScopes(), expiry: expiry}
	return id, next, expiry, nil
}

// redeem returns the grant of a code or a refresh token. Two requests with one code may
// both get here: the second revokes the tokens of the first.
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

// nextRefreshToken returns the present refresh token, or a new one if there is none or
// if the provider rotates them.
func (s *storage) nextRefreshToken(g *grant, current string) (string, error) {
	old, ok := s.refresh[current]
	switch {
	case ok && old.used:
		g.revoked = true
		return "", oidc.ErrInvalidGrant().WithDescription("refresh token used twice")
	case ok && !s.provider.rotate:
		return current, nil
	case ok:
		old.used = true
	}
	next := rand.Text()
	s.refresh[next] = &refreshToken{grant: g, expiry: s.provider.time().Add(refreshTokenLifetime)}
	return next, nil
}

func (s *storage) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.refresh[token]
	switch {
	case !ok, t.revoked, s.provider.time().After(t.expiry):
		return nil, errors.New("unknown refresh token")
	case t.used:
		t.revoked = true
		return nil, errors.New("refresh token used twice")
	}
	return &refreshRequest{*t.request, t.grant}, nil
}

// accessToken returns a token that is valid. A client has its ID, encrypted by op.
func (s *storage) accessToken(crypto op.Crypto, token string) (accessToken, bool) {
	plain, err := crypto.Decrypt(token)
	if err != nil {
		return accessToken{}, false
	}
	id, _, _ := strings.Cut(plain, ":")
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.access[id]
	if !ok || t.revoked || s.provider.time().After(t.expiry) {
		return accessToken{}, false
	}
	return *t, true
}

// GetRefreshTokenInfo lets op distinguish a refresh token from an access token.
func (s *storage) GetRefreshTokenInfo(_ context.Context, _, token string) (subject, id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.refresh[token]
	if !ok {
		return "", "", op.ErrInvalidRefreshToken
	}
	return t.request.subject, token, nil
}

// RevokeToken revokes a refresh token with all tokens of its grant, or an access token
// by its ID alone (RFC 7009 section 2.1). An unknown token counts as revoked.
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
