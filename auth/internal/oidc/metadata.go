package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// wellKnown is the path of the discovery document (Discovery 1.0 section 4).
const wellKnown = "/.well-known/openid-configuration"

// metadata is the part of the discovery document (Discovery 1.0 section 3) that we use.
// A missing member means unknown, never unsupported. zitadel's type lacks some members,
// and rejects documents for members that nothing reads.
type metadata struct {
	Issuer                string
	AuthorizationEndpoint string
	TokenEndpoint         string
	UserinfoEndpoint      string
	JWKSURI               string
	EndSessionEndpoint    string // RP-Initiated Logout 1.0 section 2.1
	RevocationEndpoint    string // RFC 8414 section 2
	PushedEndpoint        string // RFC 9126 section 5
	PushedRequired        bool   // RFC 9126 section 5
	IssuerInCallback      bool   // RFC 9207 section 3
	TokenAuthMethods      []oidc.AuthMethod
	IDTokenAlgorithms     []string
	Prompts               []string // Prompt Create 1.0 section 3

	all Claims // for package doctor
}

// requiredEndpoints are those that no sign-in works without.
var requiredEndpoints = []string{"authorization_endpoint", "token_endpoint", "jwks_uri"}

// UnmarshalJSON reads a discovery document. A member of the wrong type is ignored.
func (m *metadata) UnmarshalJSON(raw []byte) error {
	var c Claims
	if err := json.Unmarshal(raw, &c); err != nil {
		return err
	}
	*m = metadata{
		Issuer:                c.Text("issuer"),
		AuthorizationEndpoint: c.Text("authorization_endpoint"),
		TokenEndpoint:         c.Text("token_endpoint"),
		UserinfoEndpoint:      c.Text("userinfo_endpoint"),
		JWKSURI:               c.Text("jwks_uri"),
		EndSessionEndpoint:    c.Text("end_session_endpoint"),
		RevocationEndpoint:    c.Text("revocation_endpoint"),
		PushedEndpoint:        c.Text("pushed_authorization_request_endpoint"),
		PushedRequired:        c.Flag("require_pushed_authorization_requests"),
		IssuerInCallback:      c.Flag("authorization_response_iss_parameter_supported"),
		IDTokenAlgorithms:     c.Names("id_token_signing_alg_values_supported"),
		Prompts:               c.Names("prompt_values_supported"),
		all:                   c,
	}
	for _, method := range c.Names("token_endpoint_auth_methods_supported") {
		m.TokenAuthMethods = append(m.TokenAuthMethods, oidc.AuthMethod(method))
	}
	return nil
}

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
func (p *Provider) fetchMetadata(ctx context.Context) (*metadata, error) {
	var failures []error
	for _, issuer := range p.issuers {
		m, err := p.fetchMetadataOf(ctx, issuer)
		if err == nil {
			return m, nil
		}
		failures = append(failures, err)
		if unreachable(err) || untrustedCertificate(err) {
			break
		}
	}
	return nil, p.clearestError(failures)
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

func (p *Provider) fetchMetadataOf(ctx context.Context, issuer string) (*metadata, error) {
	m := new(metadata)
	if err := p.fetchJSON(ctx, endpointDiscovery, discoveryURL(issuer), m); err != nil {
		return nil, err
	}
	// Discovery 1.0 section 4.3: the issuer must be identical to the one that the
	// document was fetched for. Otherwise one provider could impersonate another.
	if m.Issuer != issuer {
		return nil, p.errorf(Misconfigured, "the provider at %s calls itself %q: %s", issuer, Sanitize(m.Issuer), p.issuerAdvice(m.Issuer))
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
func (m *metadata) check() error {
	endpoints := map[string]string{
		"authorization_endpoint": m.AuthorizationEndpoint, "token_endpoint": m.TokenEndpoint, "jwks_uri": m.JWKSURI,
		"userinfo_endpoint": m.UserinfoEndpoint, "end_session_endpoint": m.EndSessionEndpoint,
		"revocation_endpoint": m.RevocationEndpoint, "pushed_authorization_request_endpoint": m.PushedEndpoint,
	}
	for _, required := range requiredEndpoints {
		if endpoints[required] == "" {
			return &MetadataError{required, fmt.Errorf("the discovery document has no %s", required)}
		}
	}
	plain := strings.HasPrefix(m.Issuer, "http://") // a provider on this machine, which Config.Check allows
	for name, endpoint := range endpoints {
		if err := checkEndpoint(endpoint, plain); err != nil {
			return &MetadataError{name, fmt.Errorf("the discovery document's %s: %w", name, err)}
		}
	}
	return nil
}

// MetadataError is what is wrong with an endpoint in a discovery document.
type MetadataError struct {
	Member string
	Err    error
}

func (e *MetadataError) Error() string { return e.Err.Error() }

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
