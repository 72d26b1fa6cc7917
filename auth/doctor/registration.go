package doctor

import (
	"context"
	"crypto/rand"
	"net/url"
	"slices"

	"latchkey/auth/internal/oidc"
)

// unregistered is a redirect URI that no client can have registered: .invalid is no
// domain (RFC 2606 section 2).
const unregistered = "https://latchkey-doctor.invalid/callback"

// redirectURI starts a sign-in that must not show a page (prompt=none). If the client ID
// and the redirect URI are registered, the provider returns to the redirect URI with
// login_required (Core 3.1.2.6). To a redirect URI that is not registered, it must not
// redirect (RFC 6749 section 4.1.2.1).
func (p *provider) redirectURI(ctx context.Context) []Check {
	const name = "redirect URI"
	answer, err := p.startSignIn(ctx, p.Provider)
	switch {
	case err != nil:
		return p.refusedStart(name, err)
	case isAt(answer.url, p.RedirectURI):
		return []Check{p.callback(name, answer.url.Query())}
	case answer.isError():
		return []Check{p.notRegistered(name, answer)}
	}
	control, err := p.startSignIn(ctx, p.With(func(c *oidc.Config) { c.RedirectURI = unregistered }))
	switch {
	case noAnswer(err):
		return []Check{warning(name, "Sign in once by hand", "unknown: the provider shows a page for %s, and gives no answer for a redirect URI that is not registered: %v", p.RedirectURI, err)}
	case err == nil && control.resembles(answer):
		return []Check{p.notRegistered(name, answer)}
	}
	return []Check{passed(name, "the provider shows a page for %s, and another one for a redirect URI that is not registered", p.RedirectURI)}
}

func (p *provider) startSignIn(ctx context.Context, with *oidc.Provider) (*page, error) {
	address, err := with.AuthorizationURL(ctx, oidc.AuthorizationRequest{
		State: rand.Text(), Nonce: rand.Text(), Verifier: newVerifier(), Silent: true,
	})
	if err != nil {
		return nil, err
	}
	return browse(ctx, address, with.RedirectURI)
}

// newVerifier returns a code verifier of at least 43 characters (RFC 7636 section 4.1).
func newVerifier() string { return rand.Text() + rand.Text() }

// refusedStart reports a sign-in that cannot be started, for example because the
// provider refuses a pushed authorization request.
func (p *provider) refusedStart(name string, err error) []Check {
	if noAnswer(err) {
		return failure(name, "the authorization endpoint", err)
	}
	return []Check{failed(name, p.registerRemedy(), "a sign-in cannot start: %v", err)}
}

func (p *provider) registerRemedy() string {
	compare := ". If it is there, compare " + p.Variable("ID") + " with the client ID"
	return p.remedy("Register "+p.RedirectURI+" as redirect URI"+compare, "Add "+p.RedirectURI+" to the Authorized redirect URLs on the Protocol tab"+compare)
}

func (p *provider) notRegistered(name string, answer *page) Check {
	return failed(name, p.registerRemedy(), "the provider does not accept the client ID or the redirect URI %s. It shows an error page: %s", p.RedirectURI, answer.name())
}

// needsPerson are the errors of a sign-in without a page that has succeeded so far.
var needsPerson = []string{"login_required", "interaction_required", "consent_required", "account_selection_required"}

// callback reports an error that came to the redirect URI.
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
// 2) without a session, once with our post-logout redirect URI and once with one that is
// not registered.
func (p *provider) postLogoutRedirectURI(ctx context.Context) []Check {
	const name = "post-logout redirect URI"
	if p.found.Text("end_session_endpoint") == "" {
		return Unchecked("the provider has no end session endpoint", name)
	}
	answer, err := p.startSignOut(ctx, p.RedirectURI)
	if err != nil {
		return failure(name, "the end session endpoint", err)
	}
	remedy := p.remedy("Register "+p.RedirectURI+" as post-logout redirect URI", "Add "+p.RedirectURI+" to the Authorized redirect URLs on the Protocol tab")
	switch {
	case isAt(answer.url, p.RedirectURI):
		return []Check{passed(name, "%s is registered", p.RedirectURI)}
	case answer.isError():
		return []Check{failed(name, remedy, "the provider does not accept %s: %s", p.RedirectURI, answer.name())}
	}
	control, err := p.startSignOut(ctx, unregistered)
	switch {
	case err != nil:
		return []Check{warning(name, remedy+"; then sign out once by hand", "unknown: the provider gives no answer for one that is not registered: %v", err)}
	case control.resembles(answer):
		return []Check{warning(name, remedy+"; then sign out once by hand", "unknown: the provider answers the same for one that is not registered (%s)", answer.name())}
	}
	return []Check{passed(name, "%s is registered", p.RedirectURI)}
}

func (p *provider) startSignOut(ctx context.Context, redirectURI string) (*page, error) {
	endpoint, parameters, err := p.With(func(c *oidc.Config) { c.RedirectURI = redirectURI }).EndSession(ctx, rand.Text(), "")
	if err != nil {
		return nil, err
	}
	return browse(ctx, oidc.WithQuery(endpoint, parameters), redirectURI)
}
