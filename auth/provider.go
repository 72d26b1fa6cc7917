package auth

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

const (
	metadataLife  = 24 * time.Hour // then it is fetched anew, behind the requests
	failureMemory = time.Second    // how long a failed discovery is not repeated: a press of "try again" is slower
)

// provider is one OpenID Provider as it is used: discovered on first use, and
// never needed to start.
type provider struct {
	Provider
	issuers     []string // the forms that Issuer may be meant to be
	redirectURI string
	signer      jose.Signer // signs client assertions; nil: we have a secret instead
	client      *http.Client
	log         *slog.Logger
	now         func() time.Time
	flight      singleflight.Group

	mu       sync.Mutex
	current  *relyingParty // nil until a discovery has succeeded
	failure  error         // of the last discovery; nil: it succeeded, or there was none
	failedAt time.Time
}

// relyingParty is what one discovery yields: everything that depends on the
// provider's metadata.
type relyingParty struct {
	*metadata
	oauth rp.RelyingParty
	keys  *keySet
}

func newProvider(c Provider, redirectURI string, log *slog.Logger, now func() time.Time) *provider {
	c.Name = c.name()
	if len(c.Scopes) == 0 {
		c.Scopes = []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail}
	}
	if !slices.Contains(c.Scopes, oidc.ScopeOpenID) {
		c.Scopes = append([]string{oidc.ScopeOpenID}, c.Scopes...) // without it there is no ID token (Core 3.1.2.1)
	}
	p := &provider{Provider: c, issuers: issuerForms(c.Issuer), redirectURI: redirectURI, client: newClient(transport()), log: log.With("provider", c.ID), now: now}
	if len(c.ClientKey) > 0 {
		p.signer, _ = newSigner(c.ClientKey) // has been checked
	}
	return p
}

// issued reports whether a session is of this provider: the id may have been
// another issuer's before, whose people and tokens are none of this one's
// business (Core 5.7: only iss and sub together name a person). A session that no
// provider vouches for is nobody's; it is left where it is.
func (p *provider) issued(f *summary) bool { return slices.Contains(p.issuers, f.Issuer) }

// relyingParty returns what is known of the provider, and asks it where
// nothing is. Old metadata is used while it is renewed behind the request.
func (p *provider) relyingParty(ctx context.Context) (*relyingParty, error) {
	known, failure, due := p.state()
	if known != nil {
		if due {
			p.discover()
		}
		return known, nil
	}
	if failure != nil && !due {
		return nil, failure
	}
	select {
	case result := <-p.discover():
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*relyingParty), nil
	case <-ctx.Done():
		return nil, errorf(ProviderUnavailable, p.ID, "discovery: %w", context.Cause(ctx))
	}
}

// state returns what is known, what failed last, and whether it is time to ask
// the provider (again).
func (p *provider) state() (known *relyingParty, failure error, due bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	rested := now.Sub(p.failedAt) >= failureMemory
	old := p.current == nil || now.Sub(p.current.fetched) >= metadataLife
	return p.current, p.failure, rested && (old || p.failure != nil)
}

// discover asks the provider, once for all who want to know at this moment.
// It runs on its own time: a browser that goes away fails nobody else.
func (p *provider) discover() <-chan singleflight.Result {
	return p.flight.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.Background(), outgoingLimit)
		defer cancel()
		m, err := recovered(func() (*metadata, error) { return p.fetchMetadata(ctx) })
		if err != nil {
			return nil, p.discoveryFailed(err)
		}
		return p.discovered(m)
	})
}

func (p *provider) discoveryFailed(err error) error {
	err = p.wrap(failureCode(err), err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failure, p.failedAt = err, p.now()
	p.log.Warn("the provider cannot be used at present", "error", err)
	return err
}

func (p *provider) discovered(m *metadata) (*relyingParty, error) {
	oauth, err := p.oauth(m)
	if err != nil {
		return nil, p.discoveryFailed(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	m.fetched = p.now()
	party := &relyingParty{metadata: m, oauth: oauth}
	if p.current != nil && p.current.JWKSURI == m.JWKSURI {
		party.keys = p.current.keys
	} else {
		party.keys = newKeySet(m.JWKSURI, p.client, p.now)
	}
	if p.failure != nil {
		p.log.Info("the provider can be used again")
	}
	p.current, p.failure = party, nil
	return party, nil
}

// invalidate notes that the provider failed in a way that new metadata might mend.
func (p *provider) invalidate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil && p.now().Sub(p.current.fetched) > time.Minute {
		stale := *p.current.metadata
		stale.fetched = time.Time{}
		p.current = &relyingParty{metadata: &stale, oauth: p.current.oauth, keys: p.current.keys}
	}
}

// oauth is zitadel's relying party, which makes authorization requests. Token
// requests are our own (answer.go): they keep a new refresh token whatever else
// is wrong with the answer.
func (p *provider) oauth(m *metadata) (rp.RelyingParty, error) {
	c := &oauth2.Config{
		ClientID: p.ClientID, RedirectURL: p.redirectURI, Scopes: p.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: m.AuthorizationEndpoint, TokenURL: m.TokenEndpoint},
	}
	return rp.NewRelyingPartyOAuth(c)
}

// wrap gives an error this provider's name, and a code where it has none.
func (p *provider) wrap(code Code, err error) error {
	if known, ok := wrap(code, p.ID, err).(*Error); ok && known.Provider == "" {
		named := *known
		named.Provider = p.ID
		return &named
	}
	return wrap(code, p.ID, err)
}

func (p *provider) errorf(code Code, format string, args ...any) error {
	return errorf(code, p.ID, format, args...)
}
