package auth

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
)

// This file says how a sign-in ends that does not end with a session.

// repeatedCallback answers a callback whose sign-in this browser has already finished:
// by Back, or by a reload. Who is signed in goes on to where they wanted to be.
func (a *Auth) repeatedCallback(req *request, s *signIn) (Redirect, error) {
	switch {
	case req.err != nil:
		return Redirect{}, req.err
	case req.active != nil:
		return Redirect{URL: s.CallbackURL}, nil
	}
	return Redirect{}, s.errorf(StateUsed, "this browser has used the callback's state before, and is signed out")
}

// usedCookie keeps, in place of the sign-in under way, that it is finished.
func (a *Auth) usedCookie(s *signIn) *http.Cookie {
	used := &signIn{State: s.State, Provider: s.Provider, RedirectURI: s.RedirectURI, CallbackURL: s.CallbackURL, StartedAt: s.StartedAt, Used: true}
	if len(used.CallbackURL) > usedMemory {
		used.CallbackURL = "/"
	}
	return a.signInCookie(used)
}

// authorizationError answers an error of the authorization endpoint (OpenID Connect Core
// 3.1.2.6). To cancel is a person's right and no failure.
func (a *Auth) authorizationError(p *provider, s *signIn, query url.Values) (Redirect, error) {
	code := query.Get("error")
	switch {
	case isCancellation(query):
		p.log.Info("a person canceled at the provider", "reason", describeError(query))
		return Redirect{URL: s.CallbackURL, Cookies: []*http.Cookie{a.noticeCookie(Notice{Cancelled, p.Name})}}, nil
	case slices.Contains([]string{"server_error", "temporarily_unavailable"}, code):
		return Redirect{}, p.errorf(ProviderUnavailable, "the authorization endpoint says %s", describeError(query))
	case slices.Contains([]string{"invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope"}, code):
		return Redirect{}, p.errorf(Misconfigured, "the authorization endpoint says %s", describeError(query))
	}
	return Redirect{}, p.errorf(ProviderRefused, "the authorization endpoint says %s", describeError(query))
}

// cancelWords are those in which providers say that the person themselves has turned
// back: Asgardeo ("User denied the consent"), Auth0 ("User did not authorize the
// request"), Entra ("User declined to consent", "the user has cancelled"), Hydra ("The
// resource owner denied the request").
var cancelWords = regexp.MustCompile(`(?i)\b(user|person|resource owner) (has )?(cancel|den(ied|ies)\b|declined|rejected|refused|did not (authorize|consent|approve|grant))` +
	`|\bcancell?ed by (the )?(end-?)?user`)

// isCancellation reports whether an error says that the person has canceled. The code
// access_denied may as well be the provider's own decision (RFC 6749 section 4.1.2.1):
// by itself, as Google and Keycloak send it, it is the person's; with a reason, the
// reason tells.
func isCancellation(query url.Values) bool {
	reason := query.Get("error_description")
	switch query.Get("error") {
	case "access_denied":
		return reason == "" || query.Get("error_subcode") == "cancel" || cancelWords.MatchString(reason)
	case "consent_required", "interaction_required": // Entra and Keycloak have these for it too
		return cancelWords.MatchString(reason)
	case "user_cancelled_authorize", "user_cancelled_login": // Apple, LinkedIn
		return true
	}
	return false
}

// describeErrorResponse is the error that a callback brings which cannot be acted on: where a
// provider leaves the state out of its errors, it is all that tells their cause.
func describeErrorResponse(query url.Values) string {
	if query.Get("error") == "" {
		return ""
	}
	return "; it says " + describeError(query)
}

// callError is a call of one of the provider's endpoints that gave no answer,
// or none that can be read.
func (p *provider) callError(endpoint string, err error) error {
	if unreachable(err) {
		p.invalidate()
		return p.errorf(ProviderUnavailable, "%s: %w", endpoint, quotable(err))
	}
	return p.errorf(ProviderFault, "%s: %w", endpoint, quotable(err))
}

// tokenError says what an ID token that does not verify means.
func (p *provider) tokenError(err error) error {
	return p.wrap(failureCode(err), err)
}

// errorf is an error of a sign-in, which knows where the person was heading.
func (s *signIn) errorf(code Code, format string, args ...any) error {
	return s.wrap(errorf(code, s.Provider, format, args...))
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
