package authtest

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// Endpoint is the path of one of the provider's endpoints, below [Provider.URL].
// The paths are those of Asgardeo's organization "dev".
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

// Provider is an OpenID Provider for tests. It is an [http.Handler]. All its methods
// are safe for concurrent use, also while it serves requests.
type Provider struct {
	// URL is the provider's base URL, without a trailing slash.
	URL string

	people  []Person
	key     Key
	rotate  bool // refresh tokens
	storage *storage
	op      *op.Provider
	handler http.Handler
	behavior
}

// Option configures a provider in [Start] and [New].
type Option func(*Provider)

// WithURL sets the base URL, such as http://localhost:9080. [Start] listens there, so
// that an app may be configured and started before its provider. Without it, Start
// chooses a free port.
func WithURL(base string) Option {
	return func(p *Provider) { p.URL = strings.TrimRight(base, "/") }
}

// WithPeople replaces [Ada] and [Grace].
func WithPeople(people ...Person) Option { return func(p *Provider) { p.people = people } }

// WithRotation makes each refresh token valid for one use. A second use revokes all
// tokens of that sign-in (RFC 9700 section 4.14.2).
func WithRotation() Option { return func(p *Provider) { p.rotate = true } }

// Start serves a new provider on the loopback interface until the test ends. It stops
// the test on failure.
func Start(tb testing.TB, opts ...Option) *Provider {
	tb.Helper()
	server, p := newServer(tb, "http", opts)
	server.Start()
	return p
}

// StartTLS is [Start] with https. It returns the certificate to trust.
func StartTLS(tb testing.TB, opts ...Option) (*Provider, *x509.Certificate) {
	tb.Helper()
	server, p := newServer(tb, "https", opts)
	server.StartTLS()
	return p, server.Certificate()
}

func newServer(tb testing.TB, scheme string, opts []Option) (*httptest.Server, *Provider) {
	tb.Helper()
	p, err := New(append([]Option{WithURL(scheme + "://127.0.0.1:0")}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := net.Listen("tcp", u.Host)
	if err != nil {
		tb.Fatal(err)
	}
	if u.Port() == "0" {
		p.URL = scheme + "://" + listener.Addr().String()
	}
	// Close waits for requests, and some faults respond to none until their context ends.
	ctx, cancel := context.WithCancel(context.Background())
	config := &http.Server{Handler: p, BaseContext: func(net.Listener) context.Context { return ctx }}
	server := &httptest.Server{Listener: listener, Config: config}
	tb.Cleanup(func() { cancel(); server.Close(); p.releaseKeys() })
	return server, p
}

// New returns a provider for the caller to serve at the URL that [WithURL] sets;
// the default is http://localhost:9080. Tests call [Start] instead.
func New(opts ...Option) (*Provider, error) {
	p := &Provider{URL: "http://localhost:9080", people: []Person{Ada, Grace}, key: NewKey("RS256")}
	for _, opt := range opts {
		opt(p)
	}
	p.storage = newStorage(p)
	p.everPublished = []Key{p.key}
	p.Register(Client{ID: ClientID, Secret: ClientSecret})
	p.Reset()
	config := &op.Config{AuthMethodPost: true, AuthMethodPrivateKeyJWT: true, GrantTypeRefreshToken: true}
	rand.Read(config.CryptoKey[:])
	issuer := func(bool) (op.IssuerFromRequest, error) {
		return func(*http.Request) string { return p.Issuer() }, nil
	}
	var err error
	p.op, err = op.NewProvider(config, p.storage, issuer, op.WithAllowInsecure(), op.WithIDTokenHintVerifierOpts(
		op.WithSupportedIDTokenHintSigningAlgorithms(algorithms...),
		func(v *op.IDTokenHintVerifier) { v.Offset = 100 * 365 * 24 * time.Hour }, // SetClock may be ahead of op's time
	))
	if err != nil {
		return nil, fmt.Errorf("authtest: %w", err)
	}
	p.handler = p.routes()
	return p, nil
}

// Issuer returns the issuer identifier, which is the token endpoint's URL as with
// Asgardeo.
func (p *Provider) Issuer() string { return p.Endpoint(TokenEndpoint) }

// Endpoint returns the URL of an endpoint.
func (p *Provider) Endpoint(e Endpoint) string { return p.URL + string(e) }

// ServeHTTP serves all endpoints.
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
		mux.Handle(string(endpoint), p.withFaults(endpoint, handler))
	}
	mux.HandleFunc("GET "+stylePath, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "pages.css") })
	return op.NewIssuerInterceptor(p.op.IssuerFromRequest).Handler(mux)
}
