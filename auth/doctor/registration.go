package doctor

import (
	"context"
	"crypto/rand"
	"net/url"
	"slices"

	"latchkey/auth/internal/oidc"
)

// redirectURI starts a sign-in that must not show a page (prompt=none). If the client ID
// and the redirect URI are registered, the provider returns to the redirect URI with
// login_required (Core 3.1.2.6). To a redirect URI that is not registered, it must not
// redirect (RFC 6749 section 4.1.2.1).
func (p *provider) redirectURI(ctx context.Context) []Check {
	const name = "redirect URI"
	answer, err := p.startSignIn(ctx)
	switch {
	case noAnswer(err):
		return failure(name, "the authorization endpoint", err)
	case err != nil: // for example, a pushed authorization request is refused
		return []Check{failed(name, p.registerRemedy(), "a sign-in cannot start: %v", err)}
	case isAt(answer.url, p.RedirectURI):
		return []Check{p.callback(name, answer.url.Query())}
	case answer.isError():
		return []Check{failed(name, p.registerRemedy(), "the provider does not accept the client ID or the redirect URI %s. It shows an error page: %s", p.RedirectURI, answer.name())}
	}
	return []Check{warning(name, "Sign in once by hand", "unknown: the provider shows a page, and does not return to %s: %s", p.RedirectURI, answer.name())}
}

func (p *provider) startSignIn(ctx context.Context) (*page, error) {
	address, err := p.AuthorizationURL(ctx, oidc.AuthorizationRequest{
		State: rand.Text(), Nonce: rand.Text(), Verifier: newVerifier(), Silent: true,
	})
	if err != nil {
		return nil, err
	}
	return browse(ctx, address, p.RedirectURI)
}

// newVerifier returns a code verifier of at least 43 characters (RFC 7636 section 4.1).
func newVerifier() string { return rand.Text() + rand.Text() }

func (p *provider) registerRemedy() string {
	compare := ". If it is there, compare " + p.Variable("ID") + " with the client ID"
	return p.remedy("Register "+p.RedirectURI+" as redirect URI"+compare, "Add "+p.RedirectURI+" to the Authorized redirect URLs on the Protocol tab"+compare)
}

// needsPerson are the errors of a sign-in without a page that has succeeded so far.
var needsPerson = []string{"login_required", "interaction_required", "consent_required", "account_selection_required"}

func (p *provider) callback(name string, response url.Values) Check {
	switch code := response.Get("error"); {
	case slices.Contains(needsPerson, code):
		return passed(name, "%s and the client ID are registered", p.RedirectURI)
	case code == "invalid_scope":
		return failed(name, "Correct "+p.Variable("SCOPES"), "registered, but the provider rejects the scopes: %s", oidc.DescribeError(response))
	case code == "unauthorized_client", code == "unsupported_response_type":
		return failed(name, p.remedy("Allow the authorization code flow for this client", "Allow the grant type Code on the Protocol tab"),
			"registered, but the client must not use the code flow: %s", oidc.DescribeError(response))
	}
	return warning(name, "Run this again later, see the provider's log, and sign in once by hand", "registered, but the provider answers: %q", oidc.DescribeError(response))
}

// postLogoutRedirectURI opens the end session endpoint (RP-Initiated Logout 1.0 section
// 2) without a session. Only an error page shows that something is wrong.
func (p *provider) postLogoutRedirectURI(ctx context.Context) []Check {
	const name = "post-logout redirect URI"
	endpoint, parameters, err := p.EndSession(ctx, rand.Text(), "")
	if err == nil && endpoint == "" {
		return Unchecked("the provider has no end session endpoint", name)
	}
	var answer *page
	if err == nil {
		answer, err = browse(ctx, oidc.WithQuery(endpoint, parameters), p.RedirectURI)
	}
	switch {
	case err != nil:
		return failure(name, "the end session endpoint", err)
	case isAt(answer.url, p.RedirectURI):
		return []Check{passed(name, "%s is registered", p.RedirectURI)}
	case answer.isError():
		remedy := p.remedy("Register "+p.RedirectURI+" as post-logout redirect URI", "Add "+p.RedirectURI+" to the Authorized redirect URLs on the Protocol tab")
		return []Check{failed(name, remedy, "the provider does not accept %s: %s", p.RedirectURI, answer.name())}
	}
	return []Check{passed(name, "the provider shows a page, and no error, for %s", p.RedirectURI)}
}
