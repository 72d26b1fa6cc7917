package authtest

import (
	"context"
	"errors"
	"sync"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage is what the provider remembers, all of it in memory. It is op's Storage:
// each of its methods stands with its idea, in people.go, clients.go, requests.go,
// tokens.go and keyring.go.
type storage struct {
	op.Storage // nil, for those methods that none of our routes reaches

	settings *settings
	knobs    *knobs

	mu       sync.Mutex
	people   map[string]Person // by subject
	clients  map[string]Client // by client id
	sessions map[string]*session
	requests map[string]*authRequest // by the id in the login page's URL
	answered map[string]*authRequest // waiting for their code, by id
	codes    map[string]*code        // by code
	codeOf   map[string]*code        // by request id
	access   map[string]*access      // by token id
	refresh  map[string]*refresh     // by token
	pushed   map[string]pushedRequest
	revoked  []string
}

func newStorage(s *settings, k *knobs) *storage {
	st := &storage{
		settings: s,
		knobs:    k,
		people:   map[string]Person{},
		clients:  map[string]Client{},
		sessions: map[string]*session{},
		requests: map[string]*authRequest{},
		answered: map[string]*authRequest{},
		codes:    map[string]*code{},
		codeOf:   map[string]*code{},
		access:   map[string]*access{},
		refresh:  map[string]*refresh{},
		pushed:   map[string]pushedRequest{},
	}
	for _, p := range s.people {
		st.people[p.Subject] = p
	}
	for _, c := range s.clients {
		st.clients[c.ID] = c
	}
	return st
}

// SetUserinfoFromScopes is deprecated in op, but still called.
func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetUserinfoFromRequest fills the ID token with what the scopes allow, and with
// the sid of the login session.
func (s *storage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, req op.IDTokenRequest, scopes []string) error {
	person, ok := s.person(req.GetSubject())
	if !ok {
		return errors.New("unknown subject")
	}
	info.Subject = person.Subject
	info.Claims = person.claims(scopes)
	if login, ok := req.(interface{ sid() string }); ok {
		info.AppendClaims("sid", login.sid())
	}
	return nil
}

// ValidateJWTProfileScopes refuses the grant type jwt-bearer, which op would serve.
func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, oidc.ErrUnsupportedGrantType()
}
