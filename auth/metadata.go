package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// wellKnown is the path of the discovery document (OpenID Connect Discovery 1.0
// section 4).
const wellKnown = "/.well-known/openid-configuration"

// metadata is what we use of the provider's discovery document (Discovery 1.0
// section 3). What is missing is unknown, never "not supported". zitadel's
// type lacks some of it, and fails for fields that nobody here reads.
type metadata struct {
	Issuer                string            `json:"issuer"`
	AuthorizationEndpoint string            `json:"authorization_endpoint"`
	TokenEndpoint         string            `json:"token_endpoint"`
	UserinfoEndpoint      string            `json:"userinfo_endpoint"`
	JWKSURI               string            `json:"jwks_uri"`
	EndSessionEndpoint    string            `json:"end_session_endpoint"`                           // RP-Initiated Logout 1.0 section 2.1
	RevocationEndpoint    string            `json:"revocation_endpoint"`                            // RFC 8414 section 2
	PushedEndpoint        string            `json:"pushed_authorization_request_endpoint"`          // RFC 9126 section 5
	PushedRequired        bool              `json:"require_pushed_authorization_requests"`          // RFC 9126 section 5
	IssuerInCallback      bool              `json:"authorization_response_iss_parameter_supported"` // RFC 9207 section 3
	TokenAuthMethods      []oidc.AuthMethod `json:"token_endpoint_auth_methods_supported"`
	IDTokenAlgorithms     []string          `json:"id_token_signing_alg_values_supported"`
	Prompts               []string          `json:"prompt_values_supported"` // Prompt Create 1.0 section 3

	fetched time.Time
}

// issuerForms returns what an issuer may be meant to be, in the order in which
// it is tried. People hold it as the issuer, as the organisation's base URL,
// with a trailing slash, or as the URL of the discovery document.
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

// fetchMetadata fetches the provider's discovery document. It tries the forms
// that an issuer may have, and stops where the network gives no answer: the
// next form would wait as long again.
func (p *provider) fetchMetadata(ctx context.Context) (*metadata, error) {
	var failures []error
	for _, issuer := range p.issuers {
		m, err := p.fetchMetadataOf(ctx, issuer)
		if err == nil {
			return m, nil
		}
		failures = append(failures, err)
		if unreachable(err) || distrusted(err) {
			break
		}
	}
	return nil, p.pick(failures)
}

// pick chooses the failure that says most: of a provider that was found and
// names another issuer, or that is down, before those of documents not found.
func (p *provider) pick(failures []error) error {
	for _, err := range failures {
		var known *Error
		if errors.As(err, &known) || failureCode(err) == ProviderUnavailable || distrusted(err) {
			return err
		}
	}
	return fmt.Errorf("there is no discovery document: is %s the provider's issuer? %w", p.variable("ISSUER"), errors.Join(failures...))
}

func (p *provider) fetchMetadataOf(ctx context.Context, issuer string) (*metadata, error) {
	m := new(metadata)
	if err := fetchJSON(ctx, p.client, issuer+wellKnown, "", m); err != nil {
		return nil, err
	}
	// Discovery 1.0 section 4.3: identical to the URL that the document was
	// fetched under. Anything else would let one provider speak for another.
	if m.Issuer != issuer {
		return nil, p.problem(Misconfigured, "the provider at %s calls itself %q: if that is the provider you mean, set %s to exactly this value", issuer, sanitize(m.Issuer), p.variable("ISSUER"))
	}
	return m, m.check()
}

// check refuses a document that lacks what signing in needs, or that would
// send secrets over plain http although the issuer is https.
func (m *metadata) check() error {
	endpoints := map[string]string{
		"authorization_endpoint": m.AuthorizationEndpoint, "token_endpoint": m.TokenEndpoint, "jwks_uri": m.JWKSURI,
		"userinfo_endpoint": m.UserinfoEndpoint, "end_session_endpoint": m.EndSessionEndpoint,
		"revocation_endpoint": m.RevocationEndpoint, "pushed_authorization_request_endpoint": m.PushedEndpoint,
	}
	for _, required := range []string{"authorization_endpoint", "token_endpoint", "jwks_uri"} {
		if endpoints[required] == "" {
			return problem(ProviderFault, "", "the discovery document has no %s", required)
		}
	}
	plain := strings.HasPrefix(m.Issuer, "http://") // a provider on this machine, which config has allowed
	for name, endpoint := range endpoints {
		if err := checkEndpoint(endpoint, plain); err != nil {
			return problem(ProviderFault, "", "the discovery document's %s: %w", name, err)
		}
	}
	return nil
}

// checkEndpoint takes plain http for loopback hosts, and only where the issuer
// is used by plain http too.
func checkEndpoint(raw string, plain bool) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return errors.New("is not a URL")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !plain || !loopback(u.Hostname())) {
		return fmt.Errorf("%q would be used without https", sanitize(u.Scheme+"://"+u.Host))
	}
	return nil
}
