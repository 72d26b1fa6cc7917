package oidc

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// AuthorizationRequest is a request of the code flow (Core 3.1.2.1) with PKCE (RFC 7636).
type AuthorizationRequest struct {
	State, Nonce, Verifier string

	Silent        bool           // prompt=none: show no page (Core 3.1.2.1)
	SelectAccount bool           // let the person choose an account, although one is signed in
	SignUp        bool           // prompt=create (Initiating User Registration 1.0 section 4), if supported
	LoginHint     string         // Core 3.1.2.1
	Organization  string         // Asgardeo's organization sign-in
	MaxAge        *time.Duration // require a new proof of identity, at most this old
	ACR           []string       // acr_values
}

// maxHint is the longest login hint or organization that is passed on, in bytes.
const maxHint = 255

// AuthorizationURL returns the URL that starts a sign-in in the browser. It carries the
// request's parameters or, where the provider requires that, a reference to them
// (RFC 9126 section 4).
func (p *Provider) AuthorizationURL(ctx context.Context, r AuthorizationRequest) (string, error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return "", err
	}
	parameters := party.parameters(r)
	p.addParams(parameters)
	traceFrom(ctx).SentRequest(party.Text("authorization_endpoint"), parameters)
	if !party.Flag("require_pushed_authorization_requests") || party.Text("pushed_authorization_request_endpoint") == "" {
		return WithQuery(party.Text("authorization_endpoint"), parameters), nil
	}
	reference, err := p.push(ctx, party, parameters)
	if err != nil {
		return "", err
	}
	return WithQuery(party.Text("authorization_endpoint"), url.Values{"client_id": {p.ClientID}, "request_uri": {reference}}), nil
}

// push sends the parameters to the provider directly (RFC 9126 section 2).
func (p *Provider) push(ctx context.Context, party *relyingParty, parameters url.Values) (string, error) {
	private := url.Values{"state": parameters["state"], "nonce": parameters["nonce"], "login_hint": parameters["login_hint"]}
	answer, err := p.postForm(ctx, party, endpointPAR, parameters, OtherValues(private)...)
	if err != nil {
		return "", err
	}
	reference := answer.Text("request_uri")
	switch {
	case answer.status/100 == 2 && reference != "": // some providers answer 200 instead of 201
		return reference, nil
	case kindOfCode[answer.Text("error")] == Misconfigured:
		return "", p.errorf(Misconfigured, "%s: refused (%d %s)", answer.endpoint, answer.status, answer.description)
	}
	return "", p.endpointError(party, answer)
}

// requiredParameters returns those of Core 3.1.2.1 and RFC 7636 section 4.3.
func (party *relyingParty) requiredParameters(r AuthorizationRequest) url.Values {
	u, err := url.Parse(rp.AuthURL(r.State, party.requests,
		rp.WithCodeChallenge(oidc.NewSHACodeChallenge(r.Verifier)),
		rp.AuthURLOpt(rp.WithURLParam("nonce", r.Nonce)),
	))
	if err != nil {
		return url.Values{} // not reached: the metadata's URLs are checked
	}
	return u.Query()
}

func (party *relyingParty) parameters(r AuthorizationRequest) url.Values {
	parameters := party.requiredParameters(r)
	if r.Silent {
		parameters.Set("prompt", "none")
	}
	if r.SelectAccount {
		parameters.Set("prompt", "login") // which asks who signs in, too
		if party.supportsPrompt("select_account") {
			parameters.Set("prompt", "select_account")
		}
	}
	if r.SignUp && party.supportsPrompt("create") {
		parameters.Set("prompt", "create")
	}
	if r.LoginHint != "" && len(r.LoginHint) <= maxHint {
		parameters.Set("login_hint", r.LoginHint)
	}
	if r.Organization != "" && len(r.Organization) <= maxHint {
		parameters.Set("fidp", "OrganizationSSO")
		parameters.Set("org", r.Organization)
	}
	if r.MaxAge != nil { // prompt=login: some providers ignore max_age alone
		parameters.Set("prompt", "login")
		parameters.Set("max_age", strconv.Itoa(int(r.MaxAge.Seconds())))
	}
	if len(r.ACR) > 0 {
		parameters.Set("acr_values", strings.Join(r.ACR, " "))
	}
	return parameters
}

func (m metadata) supportsPrompt(prompt string) bool {
	return slices.Contains(m.Names("prompt_values_supported"), prompt)
}

// NoDuplicates returns an error for duplicate parameters (RFC 6749 section 3.1): two
// readers could use different ones.
func NoDuplicates(response url.Values) error {
	for name, values := range response {
		if len(values) > 1 {
			return errors.New(ParameterName(name) + " is duplicated")
		}
	}
	return nil
}

// CheckResponse checks that an authorization response is this provider's (RFC 9207
// section 2.4): iss is required if the provider announces it.
func (p *Provider) CheckResponse(ctx context.Context, response url.Values) error {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return err
	}
	traceFrom(ctx).GotResponse(response)
	iss, present := response["iss"]
	switch {
	case !present && party.Flag("authorization_response_iss_parameter_supported"):
		return p.errorf(WrongIssuer, "iss is missing, although the provider promises it")
	case present && iss[0] != party.Text("issuer"):
		return p.errorf(WrongIssuer, "iss is another provider's")
	}
	return nil
}

// ResponseError returns the error in an authorization response (Core 3.1.2.6), or nil
// without one.
func (p *Provider) ResponseError(response url.Values) error {
	code := response.Get("error")
	if code == "" {
		return nil
	}
	kind := cmp.Or(kindOfCode[code], Refused)
	if isCancellation(response) {
		kind = Canceled
	}
	return p.errorf(kind, "the authorization endpoint returned %s", DescribeError(response))
}

// kindOfCode has the kinds of the error codes of RFC 6749 section 4.1.2.1 that the person
// cannot change. A pushed request may get the same ones (RFC 9126 section 2.3).
var kindOfCode = map[string]Kind{
	"server_error": Unavailable, "temporarily_unavailable": Unavailable,
	"invalid_request": Misconfigured, "unauthorized_client": Misconfigured,
	"unsupported_response_type": Misconfigured, "invalid_scope": Misconfigured,
}

// cancelWords are how providers say that the person canceled: Asgardeo ("User denied
// the consent"), Auth0 ("User did not authorize the request"), Entra ("User declined
// to consent", "the user has cancelled"), Hydra ("The resource owner denied the
// request").
var cancelWords = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(user|person|resource owner) (has )?(cancel|den(ied|ies)\b|declined|rejected|refused|did not (authorize|consent|approve|grant))` +
		`|\bcancell?ed by (the )?(end-?)?user`)
})

// isCancellation reports whether an error says that the person canceled. The code
// access_denied may also be the provider's own decision (RFC 6749 section 4.1.2.1):
// without a description, as Google and Keycloak send it, it is the person's;
// otherwise the description decides.
func isCancellation(response url.Values) bool {
	reason := response.Get("error_description")
	switch response.Get("error") {
	case "access_denied":
		return reason == "" || response.Get("error_subcode") == "cancel" || cancelWords().MatchString(reason)
	case "consent_required", "interaction_required": // Entra and Keycloak
		return cancelWords().MatchString(reason)
	case "user_cancelled_authorize", "user_cancelled_login": // Apple, LinkedIn
		return true
	}
	return false
}

// EndSession returns the logout request of RP-Initiated Logout 1.0 section 2: the
// endpoint, and its parameters. The endpoint is empty if the provider has none.
func (p *Provider) EndSession(ctx context.Context, state, idToken string) (endpoint string, parameters url.Values, err error) {
	party, err := p.relyingParty(ctx)
	if err != nil || party.Text("end_session_endpoint") == "" {
		return "", nil, err
	}
	parameters = url.Values{"client_id": {p.ClientID}, "post_logout_redirect_uri": {p.RedirectURI}, "state": {state}}
	if idToken != "" {
		parameters.Set("id_token_hint", idToken)
	}
	return party.Text("end_session_endpoint"), parameters, nil
}

// WithQuery adds parameters to a URL, which may already have some.
func WithQuery(endpoint string, parameters url.Values) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint // not reached: the metadata's URLs are checked
	}
	all := u.Query()
	for name, values := range parameters {
		all[name] = values
	}
	u.RawQuery = all.Encode()
	return u.String()
}
