package auth

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"
)

// provider is a configured provider.
type provider struct {
	Provider
	oidc *oidc.Provider
	log  *slog.Logger
}

func newProvider(c Provider, redirectURI string, log *slog.Logger, now func() time.Time) *provider {
	if c.Name == "" {
		c.Name = strings.ToUpper(c.ID[:1]) + c.ID[1:]
	}
	registration := c.registration()
	registration.RedirectURI, registration.Log, registration.Now = redirectURI, log, now
	return &provider{Provider: c, oidc: oidc.New(registration), log: log.With("provider", c.ID)}
}

// issued reports whether a session is this provider's. Its id may have been another
// issuer's before, whose sub may be another person's (Core 5.7).
func (p *provider) issued(f *record.Summary) bool { return p.oidc.HasIssuer(f.Issuer) }

// ProviderStatus is a provider to sign in with, and what is known of it.
type ProviderStatus struct {
	ID          string
	Name        string // to show
	LastUsed    bool   // this browser signed in there last
	Unavailable Code   // why a sign-in will likely fail; empty if it should work
	SignUp      bool   // people can create an account during sign-in (prompt=create)
}

// Providers returns the providers in their configured order, except that the one that this
// browser used last comes first. A discovery that is due runs in the background, so that
// a provider that works again is noticed.
func (a *Auth) Providers(ctx context.Context) []ProviderStatus {
	statuses := make([]ProviderStatus, len(a.providers))
	last, _ := a.cookies.Value(requestFrom(ctx).cookies, lastCookie)
	for i, p := range a.providers {
		failure, signUp := p.oidc.Status()
		statuses[i] = ProviderStatus{
			ID: p.ID, Name: p.Name, LastUsed: p.ID == last,
			Unavailable: CodeOf(fromOIDC(failure)), SignUp: signUp,
		}
	}
	putFirst(statuses, func(s ProviderStatus) bool { return s.LastUsed })
	return statuses
}

// putFirst moves the one item of a list that matches, if any, to its start.
func putFirst[T any](list []T, match func(T) bool) {
	if i := slices.IndexFunc(list, match); i > 0 {
		first := list[i]
		copy(list[1:], list[:i])
		list[0] = first
	}
}

// ProviderOf returns the id of the provider with an issuer, for a sign-in that a third
// party initiates (OpenID Connect Core section 4).
func (a *Auth) ProviderOf(issuer string) (id string, err error) {
	for _, p := range a.providers {
		if issuer != "" && p.oidc.HasIssuer(issuer) {
			return p.ID, nil
		}
	}
	return "", errorf(UnknownProvider, "", "no provider with the issuer in the request is configured")
}

// CallbackURL returns the page that SignInRequest.CallbackURL means: a page of the app,
// as a local path, or "/".
func (a *Auth) CallbackURL(raw string) string { return a.url.CallbackURL(raw) }
