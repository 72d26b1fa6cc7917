package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"time"

	"latchkey/auth"
	"latchkey/auth/internal/oidc"
)

// provider is a provider with our registration, and what its discovery found.
type provider struct {
	*oidc.Provider
	isAsgardeo  bool
	frontLogout bool
	found       oidc.Claims // the discovery document
}

func newProvider(c auth.Provider, redirectURI string) *provider {
	return &provider{
		Provider: oidc.New(oidc.Config{
			ID: c.ID, ClientID: c.ClientID, ClientSecret: c.ClientSecret, ClientKey: c.ClientKey, AuthMethod: c.AuthMethod,
			Issuer: c.Issuer, Scopes: c.Scopes, Params: c.Params, RedirectURI: redirectURI, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		}),
		isAsgardeo: c.ID == "asgardeo", frontLogout: c.FrontChannelLogout,
	}
}

// Provider checks a configured provider, and our registration with it. The redirect
// URI is also the post-logout redirect URI. No one is signed in or out: the checks
// fetch documents, start a sign-in that ends at once (prompt=none), redeem a code that
// does not exist, and open the end session endpoint without a session.
func Provider(ctx context.Context, c auth.Provider, redirectURI string) []Check {
	p := newProvider(c, redirectURI)
	checks := p.discover(ctx)
	if p.found == nil {
		return prefixed(c.ID, append(checks, Unchecked("discovery failed", otherChecks)...))
	}
	checks = append(checks, p.announced()...)
	checks = append(checks, inParallel(ctx, p.clock, p.keys, p.clientAuthentication, p.redirectURI, p.postLogoutRedirectURI)...)
	return prefixed(c.ID, checks)
}

// discover fetches the discovery document, which checks the issuer and the endpoints.
func (p *provider) discover(ctx context.Context) []Check {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	found, err := p.Discover(ctx)
	var metadata *oidc.MetadataError
	switch {
	case errors.As(err, &metadata):
		return []Check{
			passed("issuer", "the provider answers"),
			failed("endpoints", "Correct "+metadata.Member+" in the provider's configuration", "%v", err),
		}
	case err != nil:
		return []Check{failed("issuer", p.issuerRemedy(err), "%v", err)}
	}
	p.found = found
	return []Check{passed("issuer", "%s", found.Text("issuer")), passed("endpoints", "all use https, or are on this machine as the issuer is")}
}

func (p *provider) issuerRemedy(err error) string {
	var certificate *tls.CertificateVerificationError
	switch {
	case noAnswer(err):
		return reachRemedy
	case errors.As(err, &certificate):
		return "Install a certificate for this host name at the provider; for a private authority, set SSL_CERT_FILE"
	}
	return p.remedy("Set "+p.Variable("ISSUER")+" to the provider's issuer", "Copy the issuer from the Info tab of the application to "+p.Variable("ISSUER"))
}

// remedy returns what to do at the provider, with the menu of Asgardeo's console.
func (p *provider) remedy(other, asgardeo string) string {
	if p.isAsgardeo {
		return asgardeo + " (console.asgardeo.io, Applications, this application)"
	}
	return other
}

const reachRemedy = "Check the provider's status, and that this machine reaches it (DNS, firewall, HTTPS_PROXY); then run this again"

// failure describes a request to an endpoint that got no usable answer.
func failure(name, endpoint string, err error) []Check {
	if noAnswer(err) {
		return []Check{failed(name, reachRemedy, "%v", err)}
	}
	return []Check{failed(name, "Correct "+endpoint+" in the provider's configuration, or the proxy in front of it", "%v", err)}
}

// noAnswer reports whether a request failed before the provider decided about it.
func noAnswer(err error) bool {
	var known *oidc.Error
	return err != nil && (!errors.As(err, &known) || known.Kind == oidc.Unavailable)
}
