package auth

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"latchkey/auth/internal/oidc"
)

const (
	lastCookie = "latchkey.provider" // the provider used last; no secret, and believed only as far as it orders a list
	lastLife   = 365 * 24 * time.Hour
)

// provider is a configured provider.
type provider struct {
	Provider
	oidc *oidc.Provider
	log  *slog.Logger
}

func newProvider(c Provider, redirectURI string, log *slog.Logger, now func() time.Time) *provider {
	c.Name = c.name()
	registration := c.registration()
	registration.RedirectURI, registration.Log, registration.Now = redirectURI, log, now
	return &provider{Provider: c, oidc: oidc.New(registration), log: log.With("provider", c.ID)}
}

// issued reports whether a session is this provider's. Its id may have been another
// issuer's before, whose sub may be another person's (Core 5.7). A session without
// its provider is not used and not ended.
func (p *provider) issued(f *summary) bool { return p.oidc.HasIssuer(f.Issuer) }

// ProviderStatus is a provider to sign in with, as things stand.
type ProviderStatus struct {
	ID          string
	Name        string // for people
	LastUsed    bool   // whether this browser signed in there last
	Unavailable Code   // why signing in will likely fail at present; empty: it should work
	SignUp      bool   // whether the provider lets people make an account on the way (prompt=create)
}

// Providers returns the providers in their configured order, but the one that this
// browser used last comes first. It waits for none of them: where it is time
// to ask one (again), that goes on behind the request, so that a provider that
// comes back is noticed.
func (a *Auth) Providers(ctx context.Context) []ProviderStatus {
	offers := make([]ProviderStatus, len(a.providers))
	last, _ := requestFrom(ctx).cookie(a.cookieName(lastCookie))
	for i, p := range a.providers {
		offers[i] = p.status()
		offers[i].LastUsed = p.ID == last
	}
	slices.SortStableFunc(offers, func(x, y ProviderStatus) int {
		switch last {
		case x.ID:
			return -1
		case y.ID:
			return 1
		}
		return 0
	})
	return offers
}

func (p *provider) status() ProviderStatus {
	known := p.oidc.Status()
	return ProviderStatus{
		ID: p.ID, Name: p.Name, Unavailable: CodeOf(fromOIDC(known.Failure)),
		SignUp: known.SignUp,
	}
}
