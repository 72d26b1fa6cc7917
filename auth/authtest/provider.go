package authtest

import (
	"crypto/rand"
	"fmt"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// Endpoint is the path of one of the provider's endpoints, below [Provider.URL].
// The paths are those of Asgardeo's organisation "dev".
type Endpoint string

// The endpoints, named as the specifications name them.
const (
	DiscoveryEndpoint     Endpoint = "/t/dev/oauth2/token/.well-known/openid-configuration"
	AuthorizationEndpoint Endpoint = "/t/dev/oauth2/authorize"
	PAREndpoint           Endpoint = "/t/dev/oauth2/par"
	TokenEndpoint         Endpoint = "/t/dev/oauth2/token"
	UserinfoEndpoint      Endpoint = "/t/dev/oauth2/userinfo"
	JWKSEndpoint          Endpoint = "/t/dev/oauth2/jwks"
	RevocationEndpoint    Endpoint = "/t/dev/oauth2/revoke"
	EndSessionEndpoint    Endpoint = "/t/dev/oidc/logout"
	SCIMEndpoint          Endpoint = "/t/dev/scim2/Me"
	LoginEndpoint         Endpoint = "/t/dev/login"
)

// Provider is an OpenID Provider for tests. It is an [http.Handler], and safe for
// use by many goroutines: a test may turn its knobs while requests run.
type Provider struct {
	// URL is the provider's base URL, without a trailing slash.
	URL string

	settings settings
	storage  *storage
	op       *op.Provider
	handler  http.Handler
	knobs    knobs
}

// New returns a provider that listens nowhere yet: whoever calls it serves it
// under the URL given by [WithURL]. Tests call [Start] instead.
func New(opts ...Option) (*Provider, error) {
	s := defaults()
	for _, opt := range opts {
		opt(&s)
	}
	if s.key.Algorithm == "" {
		s.key = ownKey()
	}
	p := &Provider{URL: s.url, settings: s}
	p.storage = newStorage(&p.settings, &p.knobs)
	p.knobs.ever = []Key{s.key}
	p.Reset()
	var err error
	p.op, err = op.NewProvider(opConfig(), p.storage, op.StaticIssuer(p.Issuer()),
		op.WithAllowInsecure(), op.WithIDTokenHintVerifierOpts(op.WithSupportedIDTokenHintSigningAlgorithms(algorithms...)))
	if err != nil {
		return nil, fmt.Errorf("authtest: %w", err)
	}
	p.handler = p.routes()
	return p, nil
}

// Issuer returns the issuer identifier: as with Asgardeo, it is the token
// endpoint's URL.
func (p *Provider) Issuer() string { return p.URL + string(TokenEndpoint) }

// Endpoint returns the URL of an endpoint.
func (p *Provider) Endpoint(e Endpoint) string { return p.URL + string(e) }

// ServeHTTP answers every endpoint.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

func (p *Provider) routes() http.Handler {
	mux := http.NewServeMux()
	for endpoint, handler := range map[Endpoint]http.HandlerFunc{
		DiscoveryEndpoint:     p.discovery,
		AuthorizationEndpoint: p.authorize,
		PAREndpoint:           p.push,
		TokenEndpoint:         p.token,
		UserinfoEndpoint:      p.userinfo,
		JWKSEndpoint:          p.jwks,
		RevocationEndpoint:    p.revoke,
		EndSessionEndpoint:    p.logout,
		SCIMEndpoint:          p.scim,
		LoginEndpoint:         p.login,
	} {
		mux.Handle(string(endpoint), p.knobs.attend(endpoint, handler))
	}
	mux.HandleFunc("GET "+stylePath, serveStyle)
	return op.NewIssuerInterceptor(p.op.IssuerFromRequest).Handler(mux)
}

func opConfig() *op.Config {
	c := &op.Config{AuthMethodPost: true, AuthMethodPrivateKeyJWT: true, GrantTypeRefreshToken: true}
	rand.Read(c.CryptoKey[:]) // never fails, as its documentation promises
	return c
}
