package auth

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/oauth2"
)

// This file says how a sign-in ends that does not end with a session.

// repeated answers a callback whose sign-in this browser has already finished:
// by Back, or by a reload. Who is signed in goes on to where they wanted to be.
func (a *Auth) repeated(v *visit, s *signIn) (Redirect, error) {
	switch {
	case v.err != nil:
		return Redirect{}, v.err
	case v.live != nil:
		return Redirect{URL: s.CallbackURL}, nil
	}
	return Redirect{}, s.problem(StateUsed, "this browser has used the callback's state before, and is signed out")
}

// usedCookie keeps, in place of the sign-in under way, that it is finished.
func (a *Auth) usedCookie(s *signIn) *http.Cookie {
	return a.signInCookie(&signIn{State: s.State, Provider: s.Provider, RedirectURI: s.RedirectURI, CallbackURL: s.CallbackURL, Begun: s.Begun, Used: true})
}

// declined answers an error of the authorization endpoint (OpenID Connect Core
// 3.1.2.6). To cancel is a person's right and no failure.
func (a *Auth) declined(p *provider, s *signIn, query url.Values) (Redirect, error) {
	code := query.Get("error")
	switch {
	case code == "access_denied":
		return Redirect{URL: s.CallbackURL, Cookies: []*http.Cookie{a.usedCookie(s), a.noticeCookie(Notice{Cancelled, p.Name})}}, nil
	case slices.Contains([]string{"server_error", "temporarily_unavailable"}, code):
		return Redirect{}, p.problem(ProviderUnavailable, "the authorization endpoint says %s", describe(query))
	case slices.Contains([]string{"invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope"}, code):
		return Redirect{}, p.problem(Misconfigured, "the authorization endpoint says %s", describe(query))
	}
	return Redirect{}, p.problem(ProviderRefused, "the authorization endpoint says %s", describe(query))
}

func describe(query url.Values) string {
	return brief(query.Get("error")+" "+query.Get("error_description"), query.Get("state"))
}

// exchangeFailed says what a failure of the token endpoint means (RFC 6749
// section 5.2).
func (p *provider) exchangeFailed(err error, secrets ...string) error {
	var answer *oauth2.RetrieveError
	switch {
	case errors.As(err, &answer):
		return p.refusedExchange(answer, append(secrets, p.ClientSecret)...)
	case unreachable(err):
		p.doubt()
		return p.problem(ProviderUnavailable, "token endpoint: %w", err)
	}
	return p.problem(ProviderFault, "token endpoint: %w", err)
}

func (p *provider) refusedExchange(answer *oauth2.RetrieveError, secrets ...string) error {
	status := answer.Response.StatusCode
	said := brief(answer.ErrorCode+" "+answer.ErrorDescription, secrets...)
	switch {
	case answer.ErrorCode == "invalid_client" || answer.ErrorCode == "unauthorized_client" || status == http.StatusUnauthorized:
		return p.problem(Misconfigured, "the token endpoint does not accept our client ID and secret (%d %s)", status, said)
	case answer.ErrorCode == "invalid_grant":
		return p.problem(ProviderRefused, "the token endpoint does not accept the code (%d %s)", status, said)
	case status >= http.StatusInternalServerError:
		return p.problem(ProviderUnavailable, "the token endpoint failed (%d %s)", status, said)
	}
	p.doubt()
	return p.problem(ProviderFault, "the token endpoint refused (%d %s)", status, said)
}

// tokenFailed says what an ID token that does not verify means.
func (p *provider) tokenFailed(err error) error {
	if unreachable(err) {
		return p.wrap(ProviderUnavailable, err)
	}
	return p.wrap(ProviderFault, err)
}

// problem is an error of a sign-in, which knows where the person was heading.
func (s *signIn) problem(code Code, format string, args ...any) error {
	return s.wrap(problem(code, s.Provider, format, args...))
}

func (s *signIn) wrap(err error) error {
	var known *Error
	if !errors.As(err, &known) {
		return err
	}
	heading := *known
	heading.CallbackURL = s.CallbackURL
	return &heading
}
