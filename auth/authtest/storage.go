package authtest

import (
	"context"
	"errors"
	"sync"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage is the provider's state, in memory. It implements op.Storage; each method is
// in the file of its subject.
type storage struct {
	op.Storage // nil: the methods that no route of ours reaches

	provider *Provider

	mu       sync.Mutex
	clients  map[string]Client       // by client ID
	sessions []*session              // oldest first
	requests map[string]*authRequest // by ID
	signedIn map[string]*authRequest // those that wait for a code, by ID
	codes    map[string]*code        // by code
	codeOf   map[string]*code        // by request ID
	access   map[string]*accessToken // by token ID
	refresh  map[string]*refreshToken
	pushed   map[string]pushedRequest // by request URI
	revoked  []string
}

func newStorage(p *Provider) *storage {
	return &storage{
		provider: p,
		clients:  map[string]Client{},
		requests: map[string]*authRequest{},
		signedIn: map[string]*authRequest{},
		codes:    map[string]*code{},
		codeOf:   map[string]*code{},
		access:   map[string]*accessToken{},
		refresh:  map[string]*refreshToken{},
		pushed:   map[string]pushedRequest{},
	}
}

// SetUserinfoFromScopes is deprecated in favor of SetUserinfoFromRequest, but op calls
// both.
func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetUserinfoFromRequest adds to the ID token the claims that the scopes allow, and the
// sid of the login session.
func (s *storage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, req op.IDTokenRequest, scopes []string) error {
	person, ok := s.provider.person(req.GetSubject())
	if !ok {
		return errors.New("unknown subject")
	}
	info.Subject = person.Subject
	info.Claims = person.claims(scopes)
	if req, ok := req.(interface{ sid() string }); ok {
		info.AppendClaims("sid", req.sid())
	}
	return nil
}
