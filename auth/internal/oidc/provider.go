// Package oidc speaks OpenID Connect with one provider, as a client that uses the
// authorization code flow: discovery, authorization requests, tokens, userinfo, logout.
// It knows no cookie, no session and no store. Its errors have a few kinds.
package oidc

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"latchkey/auth/internal/flight"
)

const (
	metadataLife  = 24 * time.Hour // older metadata is fetched again in the background
	failureMemory = time.Second    // how long a failed discovery is not repeated: less than a second click takes
)

// Provider is an OpenID Provider. It is discovered on first use: the app starts
// without it.
type Provider struct {
	Config
	issuers   []string    // the issuers that Config.Issuer may mean
	signer    jose.Signer // of client assertions; nil without a client key
	client    *http.Client
	discovery flight.Group[*relyingParty]

	mu       sync.Mutex
	current  *relyingParty // nil until a discovery succeeds
	failure  error         // of the last discovery; nil if it succeeded
	failedAt time.Time
}

// relyingParty is the result of a discovery: everything that depends on the
// provider's metadata.
type relyingParty struct {
	*metadata
	requests authorizer
	keys     *keySet
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
	p.client = NewClient(&observed{p, NewTransport()})
	if len(c.ClientKey) > 0 {
		p.signer, _ = newSigner(c.ClientKey) // Check reports the error
	}
	return p
}

// HasIssuer reports whether an issuer is this provider's. It is one of the
// forms of the configured issuer, so that no request is needed.
func (p *Provider) HasIssuer(issuer string) bool { return slices.Contains(p.issuers, issuer) }

// Status is what is known of a provider.
type Status struct {
	Failure error // of the last discovery; nil if it succeeded, or none has run
	SignUp  bool  // prompt=create is supported (Prompt Create 1.0)
}

// Status returns what is known of the provider without waiting for it. A
// discovery that is due runs in the background.
func (p *Provider) Status() Status {
	known, failure, due := p.state()
	if due {
		p.discover()
	}
	s := Status{Failure: failure}
	if known != nil {
		s.SignUp = known.supportsPrompt("create")
	}
	return s
}

// relyingParty returns the result of the last discovery, and runs the first one.
// Old metadata is used while it is renewed in the background.
func (p *Provider) relyingParty(ctx context.Context) (*relyingParty, error) {
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
		return result.Value, result.Err
	case <-ctx.Done():
		return nil, p.errorf(Unavailable, "discovery: %w", context.Cause(ctx))
	}
}

// state returns the last result, the last failure, and whether a discovery is due.
func (p *Provider) state() (known *relyingParty, failure error, due bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.Now()
	mayRetry := now.Sub(p.failedAt) >= failureMemory
	old := p.current == nil || now.Sub(p.current.fetched) >= metadataLife
	return p.current, p.failure, mayRetry && (old || p.failure != nil)
}

// discover fetches the metadata, once for all callers. It has its own time limit, so that
// a browser that disconnects does not cancel it for the others.
func (p *Provider) discover() <-chan flight.Result[*relyingParty] {
	return p.discovery.Start("", func() (*relyingParty, error) {
		ctx, cancel := context.WithTimeout(context.Background(), OutgoingLimit)
		defer cancel()
		m, err := flight.Recover(func() (*metadata, error) { return p.fetchMetadata(ctx) })
		party, err := p.discovered(m, err)
		p.Discovered(err)
		return party, err
	})
}

func (p *Provider) discoveryFailed(err error) error {
	err = p.wrap(kindOf(err), err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failure, p.failedAt = err, p.Now()
	p.Log.Debug("provider discovery failed", "kind", kindOf(err), "error", err)
	return err
}

func (p *Provider) discovered(m *metadata, err error) (*relyingParty, error) {
	if err != nil {
		return nil, p.discoveryFailed(err)
	}
	requests, err := newAuthorizer(&p.Config, m)
	if err != nil {
		return nil, p.discoveryFailed(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	m.fetched = p.Now()
	party := &relyingParty{metadata: m, requests: requests}
	if p.current != nil && p.current.JWKSURI == m.JWKSURI {
		party.keys = p.current.keys
	} else {
		party.keys = newKeySet(m.JWKSURI, p.client, p.Now)
	}
	p.current, p.failure = party, nil
	return party, nil
}

// invalidate makes a discovery due after a failure that new metadata may fix.
func (p *Provider) invalidate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil && p.Now().Sub(p.current.fetched) > time.Minute {
		stale := *p.current.metadata
		stale.fetched = time.Time{}
		p.current = &relyingParty{metadata: &stale, requests: p.current.requests, keys: p.current.keys}
	}
}
