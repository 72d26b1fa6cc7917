package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"
)

// Callback answers the browser that comes back from a provider: at the end of a sign-in
// (OpenID Connect Core 3.1.2.5 and following) or of a sign-out. The checks are in an
// order in which none acts on what a later one would refuse: duplicate parameters,
// state, iss, using the state once, and only then error and code. Set the cookies even if
// there is an error: the state may have been used.
func (a *Auth) Callback(ctx context.Context, providerID string, query url.Values) (Redirect, error) {
	p, err := a.provider(providerID)
	if err != nil {
		return Redirect{}, err
	}
	to, err := a.callback(ctx, p, query)
	if CodeOf(err) != SignOutUnknown {
		err = a.report(ctx, Event{Kind: EventSignInFailed, Provider: p.ID}, err)
	}
	return to, err
}

func (a *Auth) callback(ctx context.Context, p *provider, query url.Values) (Redirect, error) {
	if err := oidc.NoDuplicates(query); err != nil {
		return Redirect{}, wrap(BadRequest, p.ID, err)
	}
	req := requestFrom(ctx)
	if out := a.findSignOut(req, query.Get("state")); out != nil && out.Provider == p.ID {
		return a.finishSignOut(out, query), nil
	}
	if out := a.callbackWithoutState(req, p, query); out != nil {
		return a.returnFromSignOut(req, p, out)
	}
	s := a.findSignIn(req, query.Get("state"))
	if s == nil || s.Provider != p.ID || s.RedirectURI != a.RedirectURI(p.ID) {
		return Redirect{}, errorf(StateUnknown, p.ID, "this browser has no pending sign-in with the callback's state%s", describeErrorResponse(query))
	}
	if s.Used {
		return a.repeatedCallback(req, s)
	}
	if a.now().After(s.StartedAt.Add(signInLife)) {
		return Redirect{}, s.errorf(StateExpired, "started %s ago", a.now().Sub(s.StartedAt))
	}
	ctx, cancel := context.WithTimeout(ctx, oidc.OutgoingLimit)
	defer cancel()
	s.trace = a.newTrace()
	s.trace.Resumed(s.StartedAt, s.RedirectURI, s.Trace)
	to, err := a.finishSignIn(s.traced(ctx), p, s, query)
	return to, s.wrap(fromOIDC(err))
}

func (a *Auth) finishSignIn(ctx context.Context, p *provider, s *signIn, query url.Values) (Redirect, error) {
	if err := p.oidc.CheckResponse(ctx, query); err != nil {
		return Redirect{}, err
	}
	failure := p.oidc.ResponseError(query)
	if failure == nil && query.Get("code") == "" {
		return Redirect{}, errorf(BadRequest, p.ID, "the callback has neither a code nor an error")
	}
	first, err := a.store.UseOnce(ctx, forSignIn, s.StartedAt.Add(signInMemory), s.State)
	if err != nil {
		return Redirect{}, err
	}
	if !first { // the same callback arrived twice at once: the first response sets the cookies
		return Redirect{URL: s.CallbackURL}, nil
	}
	used := Redirect{Cookies: []*http.Cookie{a.usedCookie(s)}}
	switch {
	case oidc.IsKind(failure, oidc.Canceled):
		a.emit(ctx, Event{Kind: EventSignInCanceled, Provider: p.ID, err: failure})
		return Redirect{URL: s.CallbackURL, Cookies: append(used.Cookies, a.noticeCookie(Notice{Cancelled, p.Name}))}, nil
	case failure != nil:
		return used, failure
	}
	tokens, err := p.oidc.Exchange(ctx, query.Get("code"), s.Verifier, s.Nonce)
	if err != nil {
		return used, err
	}
	r := record.New(p.ID, tokens)
	to, err := a.startSession(ctx, s, r)
	if err != nil {
		a.revoke(ctx, r) // its tokens will not be used
		return used, err
	}
	return to, nil
}

// startSession creates the session of a verified sign-in, and ends the one that the
// browser had before.
func (a *Auth) startSession(ctx context.Context, s *signIn, r *record.Record) (Redirect, error) {
	req := requestFrom(ctx)
	if err := a.checkConfirmation(ctx, s, r); err != nil {
		return Redirect{}, err
	}
	if err := a.admitSession(ctx, s, r); err != nil {
		return Redirect{}, err
	}
	a.setDevice(req, r)
	r.Timeline = s.trace.StartedSession(r.Subject)
	token, err := a.createSession(ctx, r)
	if err != nil {
		return Redirect{}, err
	}
	if err := a.checkNotLoggedOut(ctx, s, r, token); err != nil {
		return Redirect{}, err
	}
	kind := EventSignedIn
	if s.Confirmation != nil {
		kind = EventStepUpConfirmed
	}
	a.emit(ctx, sessionEvent(&r.Summary, kind, ""))
	if err := errors.Join(a.endCurrent(ctx, req, ByReplacement), a.evictOldest(ctx, r)); err != nil {
		a.log.Warn("ending a replaced session failed", "error", err)
	}
	cookies := []*http.Cookie{
		a.cookies.New(sessionCookie, token, r.Deadline.Sub(a.now())),
		a.cookies.New(lastCookie, r.Provider, lastLife),
		a.usedCookie(s),
	}
	if s.Confirmation != nil {
		cookies = append(cookies, a.NoticeCookie(ActionConfirmed))
	}
	return Redirect{URL: s.CallbackURL, Cookies: cookies}, nil
}

// setDevice records where the person signs in from, and keeps the name that the same
// person gave this device before.
func (a *Auth) setDevice(req *request, r *record.Record) {
	if req.request != nil {
		r.SetClient(req.request.UserAgent(), a.ClientNetwork(req.request))
	}
	if req.active != nil && req.active.Provider == r.Provider && req.active.Subject == r.Subject {
		r.Device = req.active.Device
	}
}

// repeatedCallback answers a callback whose sign-in this browser has finished, after Back
// or a reload. A person who is signed in continues to the callback URL.
func (a *Auth) repeatedCallback(req *request, s *signIn) (Redirect, error) {
	switch {
	case req.err != nil:
		return Redirect{}, req.err
	case req.active != nil:
		return Redirect{URL: s.CallbackURL}, nil
	}
	return Redirect{}, s.errorf(StateUsed, "this browser has used the callback's state before, and is signed out")
}

// usedMemory is the longest callback URL in the cookie of a finished sign-in, in bytes: the
// response that sets it has the same URL in its Location.
const usedMemory = 256

// usedCookie replaces the cookie of a pending sign-in, and marks it as finished.
func (a *Auth) usedCookie(s *signIn) *http.Cookie {
	used := &signIn{pending: s.pending, RedirectURI: s.RedirectURI, Used: true}
	if len(used.CallbackURL) > usedMemory {
		used.CallbackURL = "/"
	}
	return a.signInCookie(used)
}

// describeErrorResponse returns the error in a callback without a known state: some
// providers omit the state from their errors.
func describeErrorResponse(query url.Values) string {
	if query.Get("error") == "" {
		return ""
	}
	return "; it has the error " + oidc.DescribeError(query)
}

// errorf returns an error of a sign-in, as wrap does.
func (s *signIn) errorf(code Code, format string, args ...any) error {
	return s.wrap(errorf(code, s.Provider, format, args...))
}

// wrap adds to an error the callback URL to try again with, and the steps so far.
func (s *signIn) wrap(err error) error {
	var known *Error
	if !errors.As(err, &known) {
		return err
	}
	wrapped := *known
	wrapped.CallbackURL = s.CallbackURL
	if s.trace != nil {
		wrapped.Trace = s.trace.Failed()
	}
	return &wrapped
}
