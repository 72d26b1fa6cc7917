package authtest

import (
	"context"
	"crypto"
	"crypto/subtle"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The credentials of the client that a provider knows from the start.
const (
	ClientID     = "latchkey"
	ClientSecret = "latchkey-secret"
)

// Client is a relying party as it is registered with the provider.
type Client struct {
	ID     string
	Secret string // empty for a public client, and for one with a PublicKey
	// RedirectURIs are compared exactly. As with Asgardeo there is no second list:
	// they are the post-logout redirect URIs too.
	RedirectURIs         []string
	BackChannelLogoutURI string
	// AuthMethod is the one way in which the client may authenticate itself:
	// client_secret_basic, client_secret_post or private_key_jwt. Empty allows both
	// ways of sending a secret.
	AuthMethod string
	// PublicKey verifies the client's assertions for private_key_jwt, whatever kid
	// they name (RFC 7523).
	PublicKey crypto.PublicKey
}

// Register adds a client, or replaces the one with the same ID.
func (p *Provider) Register(c Client) {
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	p.storage.clients[c.ID] = c
}

// errClient is invalid_client, since op makes a server_error of a plain error at a
// refresh.
func errClient() error {
	return oidc.ErrInvalidClient().WithDescription("unknown client, or wrong credentials")
}

func (s *storage) client(id string) (Client, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.clients[id]
	return c, ok
}

func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	c, ok := s.client(id)
	if !ok {
		return nil, errClient()
	}
	return registration{c, s.settings}, nil
}

func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	c, ok := s.client(id)
	if !ok || c.Secret == "" || subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret)) != 1 {
		return errClient()
	}
	return nil
}

func (s *storage) GetKeyByIDAndClientID(_ context.Context, keyID, clientID string) (*jose.JSONWebKey, error) {
	c, ok := s.client(clientID)
	if !ok || c.PublicKey == nil {
		return nil, errClient()
	}
	return &jose.JSONWebKey{KeyID: keyID, Key: c.PublicKey, Use: "sig"}, nil
}

// registration is a Client in the words of op.
type registration struct {
	Client
	settings *settings
}

func (r registration) GetID() string                                  { return r.ID }
func (r registration) RedirectURIs() []string                         { return r.Client.RedirectURIs }
func (r registration) PostLogoutRedirectURIs() []string               { return r.Client.RedirectURIs }
func (r registration) ApplicationType() op.ApplicationType            { return op.ApplicationTypeWeb }
func (r registration) ResponseTypes() []oidc.ResponseType             { return []oidc.ResponseType{"code"} }
func (r registration) AccessTokenType() op.AccessTokenType            { return op.AccessTokenTypeBearer }
func (r registration) IDTokenLifetime() time.Duration                 { return time.Hour }
func (r registration) DevMode() bool                                  { return true }
func (r registration) IDTokenUserinfoClaimsAssertion() bool           { return true }
func (r registration) ClockSkew() time.Duration                       { return 0 }
func (r registration) RestrictAdditionalIdTokenScopes() scopeRule     { return allScopes }
func (r registration) RestrictAdditionalAccessTokenScopes() scopeRule { return allScopes }

func (r registration) LoginURL(request string) string {
	return string(LoginEndpoint) + "?" + url.Values{"request": {request}}.Encode()
}

func (r registration) AuthMethod() oidc.AuthMethod {
	switch {
	case r.PublicKey != nil:
		return oidc.AuthMethodPrivateKeyJWT
	case r.Secret == "":
		return oidc.AuthMethodNone
	}
	return oidc.AuthMethodBasic
}

func (r registration) GrantTypes() []oidc.GrantType {
	if r.settings.noRefresh {
		return []oidc.GrantType{oidc.GrantTypeCode}
	}
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
}

func (r registration) IsScopeAllowed(scope string) bool {
	return slices.Contains(scopesSupported, scope)
}

type scopeRule = func(scopes []string) []string

func allScopes(scopes []string) []string { return scopes }
