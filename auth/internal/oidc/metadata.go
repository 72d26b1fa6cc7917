package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// wellKnown is the path of the discovery document (Discovery 1.0 section 4).
const wellKnown = "/.well-known/openid-configuration"

// metadata is a discovery document (Discovery 1.0 section 3). A missing member means
// unknown, never unsupported. zitadel's type lacks some members, and rejects documents for
// members that nothing reads.
type metadata struct{ Claims }

// requiredEndpoints are those that no sign-in works without.
var requiredEndpoints = []string{"authorization_endpoint", "token_endpoint", "jwks_uri"}

// optionalEndpoints are the others: of Core, of RFC 8414 section 2, of RFC 9126 section 5
// and of RP-Initiated Logout 1.0 section 2.1.
var optionalEndpoints = []string{"userinfo_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint", "end_session_endpoint"}

// issuerForms returns the issuers that a configured value may mean, in the order in which
// they are tried. People enter the issuer, the organization's base URL, either with a
// trailing slash, or the URL of the discovery document.
func issuerForms(raw string) []string {
	bare := strings.TrimSuffix(raw, wellKnown)
	trimmed := strings.TrimRight(bare, "/")
	forms := []string{raw}
	for _, form := range []string{bare, trimmed, trimmed + "/oauth2/token"} {
		if form != forms[len(forms)-1] {
			forms = append(forms, form)
		}
	}
	return forms
}

// fetchMetadata fetches the discovery document of the first issuer that has one. It
// stops at a network error: the next issuer would wait as long again.
func (p *Provider) fetchMetadata(ctx context.Context) (m metadata, err error) {
	var failures []error
	for _, issuer := range p.issuers {
		if m, err = p.fetchMetadataOf(ctx, issuer); err == nil {
			return m, nil
		}
		failures = append(failures, err)
		if unreachable(err) || untrustedCertificate(err) {
			break
		}
	}
	return m, p.clearestError(failures)
}

// clearestError returns the most useful failure: that of a provider that names another
// issuer or is down, before those of missing documents.
func (p *Provider) clearestError(failures []error) error {
	for _, err := range failures {
		var known *Error
		if errors.As(err, &known) || kindOf(err) == Unavailable || untrustedCertificate(err) {
			return err
		}
	}
	return fmt.Errorf("there is no discovery document: is %s the provider's issuer? %w", p.Variable("ISSUER"), errors.Join(failures...))
}

func (p *Provider) fetchMetadataOf(ctx context.Context, issuer string) (m metadata, err error) {
	if err = p.fetchJSON(ctx, endpointDiscovery, discoveryURL(issuer), &m.Claims); err != nil {
		return m, err
	}
	// Discovery 1.0 section 4.3: the issuer must be identical to the one that the
	// document was fetched for. Otherwise one provider could impersonate another.
	if named := m.Text("issuer"); named != issuer {
		return m, p.errorf(Misconfigured, "the provider at %s calls itself %q: %s", issuer, Sanitize(named), p.issuerAdvice(named))
	}
	return m, p.wrap(Fault, m.check())
}

// discoveryURL removes a slash at the end of the issuer (Discovery 1.0 section 4.1).
func discoveryURL(issuer string) string { return strings.TrimRight(issuer, "/") + wellKnown }

// issuerAdvice says what to do about a document that names another issuer than the one
// it was fetched for.
func (p *Provider) issuerAdvice(named string) string {
	variable := p.Variable("ISSUER")
	switch part := placeholder.FindString(named); {
	case named == "":
		return "a provider's discovery document has to name its issuer. Check that " + variable + " is the issuer of an OpenID Provider"
	case part != "":
		return fmt.Sprintf("that is a template for many tenants, and no one can sign in with it. Set %s to the issuer of your own tenant: this value with the tenant's id in place of %s", variable, Sanitize(part))
	case checkIssuer(named) != nil || Sanitize(named) != named:
		return "that cannot be used as an issuer. The provider's own configuration has to be corrected"
	}
	return "if that is the provider you mean, set " + variable + " to exactly this value"
}

// check returns an error for a document that lacks what a sign-in needs, or that would
// send secrets over plain http although the issuer is https.
func (m metadata) check() error {
	for _, required := range requiredEndpoints {
		if m.Text(required) == "" {
			return &MetadataError{required, fmt.Errorf("the discovery document has no %s", required)}
		}
	}
	plain := strings.HasPrefix(m.Text("issuer"), "http://") // a provider on this machine, which Config.Check allows
	for _, name := range slices.Concat(requiredEndpoints, optionalEndpoints) {
		if err := checkEndpoint(m.Text(name), plain); err != nil {
			return &MetadataError{name, fmt.Errorf("the discovery document's %s: %w", name, err)}
		}
	}
	return nil
}

// MetadataError is what is wrong with an endpoint in a discovery document.
type MetadataError struct {
	Member string
	error
}

// checkEndpoint accepts plain http for loopback hosts, and only if the issuer is plain
// http too.
func checkEndpoint(raw string, plain bool) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return errors.New("is not a URL")
	}
	if u.Fragment != "" { // RFC 6749 section 3.1: parameters after it would not be sent
		return errors.New("has a fragment, which no endpoint has")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !plain || !IsLoopback(u.Hostname())) {
		return fmt.Errorf("%q would be used without https", Sanitize(u.Scheme+"://"+u.Host))
	}
	return nil
}
