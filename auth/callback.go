package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Callback answers the browser that a provider has sent back: the end of a
// sign-in (OpenID Connect Core 3.1.2.5 and following), or of a sign-out. The
// checks stand in an order in which none acts on what a later one would
// refuse: doubled parameters, state, iss, the claim of the state, and only then
// error and code. Together with an error come the cookies to set: the state is used
// up by it too.
func (a *Auth) Callback(ctx context.Context, providerID string, query url.Values) (Redirect, error) {
	p, err := a.provider(providerID)
	if err != nil {
		return Redirect{}, err
	}
	if err := noDuplicates(query); err != nil {
		return Redirect{}, p.wrap(BadRequest, err)
	}
	req := requestFrom(ctx)
	if out := a.findSignOut(req, query.Get("state")); out != nil && out.Provider == p.ID {
		return a.finishSignOut(out, query), nil
	}
	if out := a.callbackWithoutState(req, p, query); out != nil {
		return a.returnFromSignOut(req, p, out)
	}
	s := a.findSignIn(req, query.Get("state"))
	if s == nil || s.Provider != p.ID || s.RedirectURI != p.redirectURI {
		return Redirect{}, p.errorf(StateUnknown, "this browser has no sign-in under way with the callback's state%s", describeErrorResponse(query))
	}
	if s.Used {
		return a.repeatedCallback(req, s)
	}
	if a.now().After(s.StartedAt.Add(signInLife)) {
		return Redirect{}, s.errorf(StateExpired, "begun %s ago", a.now().Sub(s.StartedAt))
	}
	ctx, cancel := context.WithTimeout(ctx, outgoingLimit)
	defer cancel()
	ctx = a.withTrace(ctx)
	traceFrom(ctx).Resumed(s.StartedAt, s.RedirectURI, s.Trace)
	to, err := a.finishSignIn(ctx, p, s, query)
	return to, withReport(ctx, s.wrap(err))
}

// finishSignIn finishes a sign-in that this browser has begun.
func (a *Auth) finishSignIn(ctx context.Context, p *provider, s *signIn, query url.Values) (Redirect, error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return Redirect{}, err
	}
	traceFrom(ctx).GotResponse(query)
	if err := party.checkIssuer(query); err != nil {
		return Redirect{}, p.wrap(WrongIssuer, err)
	}
	failed := query.Get("error") != ""
	if !failed && query.Get("code") == "" {
		return Redirect{}, p.errorf(BadRequest, "the callback has neither a code nor an error")
	}
	first, err := a.store.useOnce(ctx, forSignIn, s.StartedAt.Add(signInMemory), s.State)
	if err != nil {
		return Redirect{}, err
	}
	if !first { // the same callback, arrived twice at once: go where the winner's cookie speaks
		return Redirect{URL: s.CallbackURL}, nil
	}
	used := Redirect{Cookies: []*http.Cookie{a.usedCookie(s)}}
	if failed {
		to, err := a.authorizationError(p, s, query)
		to.Cookies = append(to.Cookies, used.Cookies...)
		return to, err
	}
	r, err := p.exchangeCode(ctx, party, s, query.Get("code"))
	if err != nil {
		return used, err
	}
	to, err := a.startSession(ctx, s, r)
	if err != nil {
		a.revoke(ctx, r) // nobody will use its tokens
	}
	return to, err
}

// exchangeCode exchanges the code for tokens and returns what they say, verified.
func (p *provider) exchangeCode(ctx context.Context, party *relyingParty, s *signIn, code string) (*record, error) {
	began := p.now()
	answer, err := p.postForm(ctx, party, tokenEndpoint, party.TokenEndpoint, url.Values{ // Core 3.1.3.1, RFC 7636 section 4.5
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {s.RedirectURI}, "code_verifier": {s.Verifier},
	}, code, s.Verifier)
	if err != nil {
		return nil, err
	}
	tokens, err := p.parseTokenResponse(party, answer)
	if err != nil {
		return nil, err
	}
	traceFrom(ctx).GotTokens(p.tokenEvent(party, tokens, began))
	c, err := p.verifyWithRetry(ctx, party, tokens, s.Nonce)
	if err != nil {
		return nil, err
	}
	r := p.newRecord(c, tokens)
	all, err := p.withUserinfo(ctx, party, c, r.Scope, tokens.Access)
	if err != nil {
		return nil, err
	}
	r.describe(all)
	return r, nil
}

// newRecord makes the record of a sign-in from what the provider has signed.
func (p *provider) newRecord(idToken claims, tokens *tokenResponse) *record {
	authTime, _ := idToken.time("auth_time")
	r := &record{
		summary{
			Provider: p.ID, Subject: idToken.text("sub"), SID: idToken.text("sid"), Issuer: idToken.text("iss"),
			Scope:    strings.Join(p.Scopes, " "), // RFC 6749 section 5.1: as asked for, unless the answer says otherwise
			AuthTime: authTime, ACR: idToken.text("acr"),
		},
		details{IDToken: tokens.ID},
	}
	r.setTokenResponse(tokens)
	return r
}

// describe adds what is known about the person, from userinfo too.
func (r *record) describe(c claims) {
	r.Name, r.Email, r.Picture, r.Claims = c.name(), readable(c.text("email")), c.picture(), toJSON(c.personal())
}

// startSession makes the session of a verified sign-in, in place of the one that
// the browser may have had.
func (a *Auth) startSession(ctx context.Context, s *signIn, r *record) (Redirect, error) {
	req := requestFrom(ctx)
	if err := a.checkConfirmation(req, s, r); err != nil {
		return Redirect{}, err
	}
	if err := a.admitSession(ctx, r); err != nil {
		return Redirect{}, err
	}
	a.setDevice(req, r)
	r.Timeline = traceFrom(ctx).StartedSession(r.Subject)
	token, err := a.createSession(ctx, r)
	if err != nil {
		return Redirect{}, err
	}
	if err := a.checkNotLoggedOut(ctx, s, r, token); err != nil {
		return Redirect{}, err
	}
	if err := errors.Join(a.endCurrent(ctx, req, Replaced), a.evictOldest(ctx, r)); err != nil {
		a.log.Warn("a session that a new one replaces could not be ended", "error", err)
	}
	cookies := []*http.Cookie{
		a.cookie(sessionCookie, token, r.Deadline.Sub(a.now())),
		a.cookie(lastCookie, r.Provider, lastLife),
		a.usedCookie(s),
	}
	if s.Confirmation != nil {
		cookies = append(cookies, a.NoticeCookie(ActionConfirmed))
	}
	return Redirect{URL: s.CallbackURL, Cookies: cookies}, nil
}

// setDevice notes from where the person signs in, and takes over what
// the same person called this device before.
func (a *Auth) setDevice(req *request, r *record) {
	if req.request != nil {
		agent := strings.ToValidUTF8(req.request.UserAgent(), "")
		r.Agent, r.Address = agent[:min(len(agent), maxAgent)], maskIP(a.client(req.request))
	}
	if req.active != nil && req.active.Provider == r.Provider && req.active.Subject == r.Subject {
		r.Device = req.active.Device
	}
}

// admitSession puts the sign-in to the app's Admit hook, which may refuse it, or add
// what the app wants to keep.
func (a *Auth) admitSession(ctx context.Context, r *record) error {
	if a.admit == nil {
		return nil
	}
	session := r.toSession(time.Time{}, func() (details, error) { return r.details, nil })
	session.Values = map[string]string{}
	if err := a.admit(ctx, session); err != nil {
		return wrap(Refused, r.Provider, err)
	}
	r.Values = toJSON(session.Values)
	return nil
}

// checkIssuer is RFC 9207 section 2.4: iss must be the provider's where it is
// present, and present where the provider promises it.
func (party *relyingParty) checkIssuer(query url.Values) error {
	iss, present := query["iss"]
	switch {
	case !present && party.IssuerInCallback:
		return errors.New("iss is missing, although the provider promises it")
	case present && iss[0] != party.Issuer:
		return errors.New("iss is another provider's")
	}
	return nil
}

// noDuplicates refuses doubled parameters (RFC 6749 section 3.1): two readers could
// believe different ones.
func noDuplicates(query url.Values) error {
	for name, values := range query {
		if len(values) > 1 {
			return errors.New(parameterName(name) + " is doubled")
		}
	}
	return nil
}
