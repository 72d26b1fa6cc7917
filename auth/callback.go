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
	if err := single(query); err != nil {
		return Redirect{}, p.wrap(BadRequest, err)
	}
	v := visitOf(ctx)
	if out := a.findSignOut(v, query.Get("state")); out != nil && out.Provider == p.ID {
		return a.signedOut(out, query), nil
	}
	if out := a.stateless(v, p, query); out != nil {
		return a.returned(v, p, out)
	}
	s := a.findSignIn(v, query.Get("state"))
	if s == nil || s.Provider != p.ID || s.RedirectURI != p.redirectURI {
		return Redirect{}, p.problem(StateUnknown, "this browser has no sign-in under way with the callback's state%s", alsoSaid(query))
	}
	if s.Used {
		return a.repeated(v, s)
	}
	if a.now().After(s.Begun.Add(signInLife)) {
		return Redirect{}, s.problem(StateExpired, "begun %s ago", a.now().Sub(s.Begun))
	}
	ctx, cancel := context.WithTimeout(ctx, outgoingLimit)
	defer cancel()
	ctx = a.withTrace(ctx)
	traceOf(ctx).Resumed(s.Begun, s.RedirectURI, s.Trace)
	to, err := a.complete(ctx, p, s, query)
	return to, withReport(ctx, s.wrap(err))
}

// complete finishes a sign-in that this browser has begun.
func (a *Auth) complete(ctx context.Context, p *provider, s *signIn, query url.Values) (Redirect, error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return Redirect{}, err
	}
	traceOf(ctx).GotResponse(query)
	if err := party.checkIssuer(query); err != nil {
		return Redirect{}, p.wrap(WrongIssuer, err)
	}
	failed := query.Get("error") != ""
	if !failed && query.Get("code") == "" {
		return Redirect{}, p.problem(BadRequest, "the callback has neither a code nor an error")
	}
	first, err := a.vault.claim(ctx, forSignIn, s.Begun.Add(signInMemory), s.State)
	if err != nil {
		return Redirect{}, err
	}
	if !first { // the same callback, arrived twice at once: go where the winner's cookie speaks
		return Redirect{URL: s.CallbackURL}, nil
	}
	used := Redirect{Cookies: []*http.Cookie{a.usedCookie(s)}}
	if failed {
		to, err := a.declined(p, s, query)
		to.Cookies = append(to.Cookies, used.Cookies...)
		return to, err
	}
	r, err := p.redeem(ctx, party, s, query.Get("code"))
	if err != nil {
		return used, err
	}
	to, err := a.signedIn(ctx, s, r)
	if err != nil {
		a.revoke(ctx, r) // nobody will use its tokens
	}
	return to, err
}

// redeem exchanges the code for tokens and returns what they say, verified.
func (p *provider) redeem(ctx context.Context, party *relyingParty, s *signIn, code string) (*record, error) {
	began := p.now()
	answer, err := p.postForm(ctx, party, tokenEndpoint, party.TokenEndpoint, url.Values{ // Core 3.1.3.1, RFC 7636 section 4.5
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {s.RedirectURI}, "code_verifier": {s.Verifier},
	}, code, s.Verifier)
	if err != nil {
		return nil, err
	}
	tokens, err := p.tokensOf(party, answer)
	if err != nil {
		return nil, err
	}
	traceOf(ctx).GotTokens(p.tokenEvent(party, tokens, began))
	c, err := p.verifyPatiently(ctx, party, tokens, s.Nonce)
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
func (p *provider) newRecord(idToken claims, tokens *tokenAnswer) *record {
	authTime, _ := idToken.time("auth_time")
	r := &record{
		front{
			Provider: p.ID, Subject: idToken.text("sub"), SID: idToken.text("sid"), Issuer: idToken.text("iss"),
			Scope:    strings.Join(p.Scopes, " "), // RFC 6749 section 5.1: as asked for, unless the answer says otherwise
			AuthTime: authTime, ACR: idToken.text("acr"),
		},
		rest{IDToken: tokens.ID},
	}
	r.take(tokens)
	return r
}

// describe adds what is known about the person, from userinfo too.
func (r *record) describe(c claims) {
	r.Name, r.Email, r.Picture, r.Claims = c.name(), readable(c.text("email")), c.picture(), object(c.personal())
}

// signedIn makes the session of a verified sign-in, in place of the one that
// the browser may have had.
func (a *Auth) signedIn(ctx context.Context, s *signIn, r *record) (Redirect, error) {
	v := visitOf(ctx)
	if err := a.confirms(v, s, r); err != nil {
		return Redirect{}, err
	}
	if err := a.ask(ctx, r); err != nil {
		return Redirect{}, err
	}
	a.describeBrowser(v, r)
	r.Timeline = traceOf(ctx).StartedSession(r.Subject)
	token, err := a.begin(ctx, r)
	if err != nil {
		return Redirect{}, err
	}
	if err := a.stillWanted(ctx, s, r, token); err != nil {
		return Redirect{}, err
	}
	if err := errors.Join(a.finishOwn(ctx, v, Replaced), a.finishSurplus(ctx, r)); err != nil {
		a.log.Warn("a session that a new one replaces could not be ended", "error", err)
	}
	cookies := []*http.Cookie{
		a.cookie(sessionCookie, token, r.Until.Sub(a.now())),
		a.cookie(lastCookie, r.Provider, lastLife),
		a.usedCookie(s),
	}
	if s.Confirming != nil {
		cookies = append(cookies, a.NoticeCookie(ActionConfirmed))
	}
	return Redirect{URL: s.CallbackURL, Cookies: cookies}, nil
}

// describeBrowser notes from where the person signs in, and takes over what
// the same person called this device before.
func (a *Auth) describeBrowser(v *visit, r *record) {
	if v.request != nil {
		agent := strings.ToValidUTF8(v.request.UserAgent(), "")
		r.Agent, r.Address = agent[:min(len(agent), maxAgent)], network(a.client(v.request))
	}
	if v.live != nil && v.live.Provider == r.Provider && v.live.Subject == r.Subject {
		r.Device = v.live.Device
	}
}

// ask puts the sign-in to the app's Admit hook, which may refuse it, or add
// what the app wants to keep.
func (a *Auth) ask(ctx context.Context, r *record) error {
	if a.admit == nil {
		return nil
	}
	session := r.session(time.Time{}, func() (rest, error) { return r.rest, nil })
	session.Values = map[string]string{}
	if err := a.admit(ctx, session); err != nil {
		return wrap(Refused, r.Provider, err)
	}
	r.Values = object(session.Values)
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

// single refuses doubled parameters (RFC 6749 section 3.1): two readers could
// believe different ones.
func single(query url.Values) error {
	for name, values := range query {
		if len(values) > 1 {
			return errors.New(parameterName(name) + " is doubled")
		}
	}
	return nil
}
