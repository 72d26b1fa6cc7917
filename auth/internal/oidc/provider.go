// Package oidc speaks OpenID Connect with one provider, as a client that uses the
// authorization code flow: discovery, authorization requests, tokens, userinfo, logout.
// It knows no cookie, no session and no store. Its errors have a few kinds.
package oidc

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"golang.org/x/oauth2"

	"latchkey/auth/internal/flight"
)

const (
	metadataLife  = time.Hour   // older metadata is fetched again in the background
	metadataFresh = time.Minute // younger metadata is kept after a failed call
	failureMemory = time.Second // how long a failed discovery is not repeated: less than a second click takes
)

// Provider is an OpenID Provider. It is discovered on first use: the app starts
// without it.
type Provider struct {
	Config
	issuers   []string    // the issuers that Config.Issuer may mean
	signer    jose.Signer // of client assertions; nil without a client key
	client    *http.Client
	lifetime  context.Context // until Close
	stop      context.CancelFunc
	discovery flight.Group[*relyingParty]
	fetches   flight.Group[[]jose.JSONWebKey] // of keys, by URL

	mu       sync.Mutex
	current  *relyingParty // nil until a discovery succeeds
	doubtful bool          // a call has failed since then
	failure  error         // of the last discovery; nil if it succeeded
	failedAt time.Time
}

// relyingParty is the result of a discovery: everything that depends on the
// provider's metadata.
type relyingParty struct {
	metadata
	fetched  time.Time
	requests rp.RelyingParty // builds authorization requests
	keys     *keySet
}

func (p *Provider) newRelyingParty(m metadata) *relyingParty {
	requests, _ := rp.NewRelyingPartyOAuth(&oauth2.Config{ // only an option returns an error
		ClientID: p.ClientID, RedirectURL: p.RedirectURI, Scopes: p.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: m.Text("authorization_endpoint"), TokenURL: m.Text("token_endpoint")},
	})
	return &relyingParty{m, p.Now(), requests, newKeySet(p, m.Text("jwks_uri"))}
}

// New returns the provider of a configuration that Check accepts.
func New(c Config) *Provider {
	c.Scopes = c.scopes()
	c.Log = c.Log.With("provider", c.ID)
	if c.Called == nil {
		c.Called = func(Call) {}
	}
	if c.Discovered == nil {
		c.Discovered = func(error) {}
	}
	p := &Provider{Config: c, issuers: issuerForms(c.Issuer)}
	p.lifetime, p.stop = context.WithCancel(context.Background())
	p.client = NewClient(NewTransport())
	if len(c.ClientKey) > 0 {
		p.signer, _ = newSigner(c.ClientKey) // Check reports the error
	}
	return p
}

// Close cancels the calls that run in the background, and waits for them.
func (p *Provider) Close() {
	p.stop()
	p.discovery.Wait()
	p.fetches.Wait()
}

// HasIssuer reports whether an issuer is this provider's. It is one of the
// forms of the configured issuer, so that no request is needed.
func (p *Provider) HasIssuer(issuer string) bool { return slices.Contains(p.issuers, issuer) }

// Status returns what is known of the provider without waiting for it: why the last
// discovery failed, if it did, and whether people can create an account during a sign-in
// (Prompt Create 1.0). A discovery that is due runs in the background.
func (p *Provider) Status() (failure error, signUp bool) {
	known, failure, due := p.state()
	if due {
		p.discovery.Start("", p.discover)
	}
	return failure, known != nil && known.supportsPrompt("create")
}

// relyingParty returns the result of the last discovery, and runs the first one.
// Old metadata is used while it is renewed in the background.
func (p *Provider) relyingParty(ctx context.Context) (*relyingParty, error) {
	known, failure, due := p.state()
	if known != nil {
		if due {
			p.discovery.Start("", p.discover)
		}
		return known, nil
	}
	if failure != nil && !due {
		return nil, failure
	}
	party, err := p.discovery.Do(ctx, "", p.discover)
	if ctx.Err() != nil {
		return nil, p.errorf(Unavailable, "discovery: %w", context.Cause(ctx))
	}
	return party, err
}

// state returns the last result, the last failure, and whether a discovery is due.
func (p *Provider) state() (known *relyingParty, failure error, due bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.Now()
	mayRetry := now.Sub(p.failedAt) >= failureMemory
	old := p.current == nil || p.doubtful || now.Sub(p.current.fetched) >= metadataLife
	return p.current, p.failure, mayRetry && (old || p.failure != nil)
}

// discover fetches the metadata. It has its own time limit, so that a browser that
// disconnects does not cancel it for other callers.
func (p *Provider) discover() (*relyingParty, error) {
	ctx, cancel := context.WithTimeout(p.lifetime, OutgoingLimit)
	defer cancel()
	m, err := p.fetchMetadata(ctx)
	if errors.Is(err, context.Canceled) { // by Close, so it says nothing about the provider
		return nil, err
	}
	err = p.wrap(kindOf(err), err)
	party := p.discovered(m, err)
	p.Discovered(err)
	return party, err
}

// discovered keeps the result of a discovery.
func (p *Provider) discovered(m metadata, err error) *relyingParty {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failure = err; err != nil {
		p.failedAt = p.Now()
		p.Log.Debug("provider discovery failed", "kind", kindOf(err), "error", err)
		return nil
	}
	party := p.newRelyingParty(m)
	if p.current != nil && p.current.Text("jwks_uri") == m.Text("jwks_uri") {
		party.keys = p.current.keys
	}
	p.current, p.doubtful = party, false
	return party
}

// invalidate makes a discovery due after a failed call: the provider may be down, which
// the sign-in page then says, or may have moved.
func (p *Provider) invalidate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doubtful = p.current != nil && p.Now().Sub(p.current.fetched) >= metadataFresh
}
