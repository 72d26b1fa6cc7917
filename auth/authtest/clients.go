package authtest

import (
	"context"
	"crypto"
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The client that every provider has, until a test registers another one with its ID.
// It may return to any URL on a loopback host.
const (
	ClientID     = "latchkey"
	ClientSecret = "latchkey-client-secret"
)

// Client is an app that is registered with the provider.
type Client struct {
	ID     string
	Secret string // empty for a public client, and for one with a PublicKey
	// RedirectURIs are compared exactly. They are the post-logout redirect URIs too,
	// because Asgardeo has one list for both. If it is empty, any http or https URL on
	// a loopback host is accepted, so that a test need not know the app's port.
	RedirectURIs         []string
	BackChannelLogoutURI string
	// AuthMethod is how the client must authenticate: client_secret_basic,
	// client_secret_post or private_key_jwt. Empty: by its secret, in either way, or
	// by its PublicKey.
	AuthMethod string
	// PublicKey verifies the client's assertions for private_key_jwt (RFC 7523),
	// whatever their kid.
	PublicKey crypto.PublicKey
}

// Register adds a client, or replaces the one with the same ID.
func (p *Provider) Register(c Client) {
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	p.storage.clients[c.ID] = c
}

// checkAuthMethod reports whether a request is a POST in which the client
// authenticates as registered, and responds if not. op then checks the credentials.
func (p *Provider) checkAuthMethod(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		writeError(w, http.StatusMethodNotAllowed, "invalid_request", "the method must be POST")
		return false
	}
	id, method := authMethod(r)
	c, ok := p.storage.client(id)
	if ok && c.AuthMethod != "" && c.AuthMethod != method {
		writeError(w, http.StatusUnauthorized, "invalid_client", "the client is registered for "+c.AuthMethod)
		return false
	}
	return true
}

// authMethod returns the client ID of a request, and how the client authenticates
// (OpenID Connect Core section 9).
func authMethod(r *http.Request) (id, method string) {
	if id, _, ok := r.BasicAuth(); ok {
		return id, "client_secret_basic"
	}
	if assertion := r.PostFormValue("client_assertion"); assertion != "" {
		issuer, _ := decodePayload(assertion)["iss"].(string)
		return issuer, "private_key_jwt"
	}
	if r.PostFormValue("client_secret") != "" {
		return r.PostFormValue("client_id"), "client_secret_post"
	}
	return r.PostFormValue("client_id"), "none"
}

func (s *storage) client(id string) (Client, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.clients[id]
	return c, ok
}

type redirectURIKey struct{}

// withRedirectURI tells GetClientByClientID which redirect URI a request asks for.
func withRedirectURI(r *http.Request, parameter string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), redirectURIKey{}, r.FormValue(parameter)))
}

func (s *storage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, ok := s.client(id)
	if !ok {
		return nil, oidc.ErrInvalidClient()
	}
	requested, _ := ctx.Value(redirectURIKey{}).(string)
	if _, loopback := op.HTTPLoopbackOrLocalhost(requested); loopback && len(c.RedirectURIs) == 0 {
		c.RedirectURIs = []string{requested}
	}
	return opClient{c}, nil
}

func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	c, ok := s.client(id)
	if !ok || c.Secret == "" || subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret)) != 1 {
		return oidc.ErrInvalidClient()
	}
	return nil
}

func (s *storage) GetKeyByIDAndClientID(_ context.Context, keyID, clientID string) (*jose.JSONWebKey, error) {
	c, ok := s.client(clientID)
	if !ok || c.PublicKey == nil {
		return nil, oidc.ErrInvalidClient()
	}
	return &jose.JSONWebKey{KeyID: keyID, Key: c.PublicKey, Use: "sig"}, nil
}

// opClient implements op.Client.
type opClient struct{ Client }

func (c opClient) GetID() string                                    { return c.ID }
func (c opClient) RedirectURIs() []string                           { return c.Client.RedirectURIs }
func (c opClient) PostLogoutRedirectURIs() []string                 { return c.Client.RedirectURIs }
func (c opClient) ApplicationType() op.ApplicationType              { return op.ApplicationTypeWeb }
func (c opClient) ResponseTypes() []oidc.ResponseType               { return []oidc.ResponseType{"code"} }
func (c opClient) GrantTypes() []oidc.GrantType                     { return grantTypes }
func (c opClient) AccessTokenType() op.AccessTokenType              { return op.AccessTokenTypeBearer }
func (c opClient) IDTokenLifetime() time.Duration                   { return tokenLifetime }
func (c opClient) DevMode() bool                                    { return true }
func (c opClient) IDTokenUserinfoClaimsAssertion() bool             { return true }
func (c opClient) ClockSkew() time.Duration                         { return 0 }
func (c opClient) IsScopeAllowed(scope string) bool                 { return slices.Contains(scopesSupported, scope) }
func (c opClient) RestrictAdditionalIdTokenScopes() scopeFilter     { return slices.Clip }
func (c opClient) RestrictAdditionalAccessTokenScopes() scopeFilter { return slices.Clip }

func (c opClient) LoginURL(request string) string {
	return string(LoginEndpoint) + "?" + url.Values{"request": {request}}.Encode()
}

func (c opClient) AuthMethod() oidc.AuthMethod {
	switch {
	case c.PublicKey != nil:
		return oidc.AuthMethodPrivateKeyJWT
	case c.Secret == "":
		return oidc.AuthMethodNone
	}
	return oidc.AuthMethodBasic
}

type scopeFilter = func(scopes []string) []string
