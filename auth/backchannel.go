package auth

import (
	"context"
	"encoding/json"
	"time"

	"latchkey/auth/store"
)

const (
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
	// logoutMemory is how long a logout is remembered, for the sign-in that it
	// overtakes: as long as a sign-in under way can still be finished.
	logoutMemory = signInMemory
)

// BackChannelLogout ends the sessions that a logout token names (OpenID Connect
// Back-Channel Logout 1.0 section 2.7). A token for sessions that we do not
// know is a success: the app that began the logout gets one too. The code of
// a token that must not be believed is LogoutTokenInvalid.
func (a *Auth) BackChannelLogout(ctx context.Context, providerID, logoutToken string) error {
	p, err := a.provider(providerID)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(withVisit(ctx, new(visit)), outgoingLimit)
	defer cancel()
	c, err := p.verifyLogoutToken(ctx, logoutToken)
	if err != nil {
		return err
	}
	return a.logOut(context.WithoutCancel(ctx), p, c) // some providers do not wait for the answer
}

// logOut does what a logout token that is believed asks for. Its jti is
// claimed last, so that the provider may try again with the same token where
// the store failed half-way. In this order it is safe whatever a sign-in does
// meanwhile: that writes its session first, and looks for logouts then.
func (a *Auth) logOut(ctx context.Context, p *provider, c claims) error {
	used, err := a.vault.claimed(ctx, forLogout, p.ID, c.text("jti"))
	if err != nil {
		return err
	}
	if used {
		return p.problem(LogoutTokenInvalid, "its jti has been used before")
	}
	sessions, memory := logoutIndex(p.ID, c.text("sid"), c.text("sub"))
	if err := a.rememberLogout(ctx, p, c, memory); err != nil {
		return err
	}
	if err := a.finishAll(ctx, sessions, none); err != nil {
		return err
	}
	expires, _ := c.time("exp")
	first, err := a.vault.claim(ctx, forLogout, expires.Add(2*expiryLeeway), p.ID, c.text("jti"))
	if err == nil && !first {
		err = p.problem(LogoutTokenInvalid, "its jti has been used at the same moment")
	}
	return err
}

// rememberLogout writes down when a logout came, for the sign-in that it may
// have overtaken. Tried again, it came when it came first.
func (a *Auth) rememberLogout(ctx context.Context, p *provider, c claims, memory store.Key) error {
	now := a.now()
	when, _ := json.Marshal(now)
	_, err := a.vault.create(ctx, forLogout, keyOf(forLogout, "jti", p.ID, c.text("jti")), content{front: when}, now.Add(logoutMemory), memory)
	return err
}

// verifyLogoutToken is section 2.6. What the token says is looked at before
// its signature is, so that a forged one does not make us ask the provider.
func (p *provider) verifyLogoutToken(ctx context.Context, raw string) (claims, error) {
	t, err := p.read(raw)
	if err == nil {
		err = first(p.checkLogoutTimes(t.claims), checkLogoutClaims(t.claims))
	}
	if err == nil {
		err = p.verifyLogout(ctx, t)
	}
	if err != nil && failureCode(err) == ProviderUnavailable {
		return nil, p.wrap(ProviderUnavailable, err)
	}
	if err != nil {
		return nil, p.problem(LogoutTokenInvalid, "%w", err)
	}
	return t.claims, nil
}

func (p *provider) verifyLogout(ctx context.Context, t token) error {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return err
	}
	_, err = party.verify(ctx, t, sparing{party.keys})
	return err
}

// checkLogoutClaims is steps 4 to 7 of section 2.6.
func checkLogoutClaims(c claims) error {
	events, _ := c["events"].(map[string]any)
	_, isLogout := events[logoutEvent].(map[string]any)
	_, hasNonce := c["nonce"]
	return first(
		refuse(c.text("sub") == "" && c.text("sid") == "", "sub or sid"),
		refuse(!isLogout, "events"),
		refuse(hasNonce, "nonce"),
		refuse(c.text("jti") == "" || len(c.text("jti")) > 255, "jti"),
	)
}

// checkLogoutTimes is step 2 of section 2.6: as an ID token's, but that its end
// has to be there and near, since its jti is remembered for as long.
func (p *provider) checkLogoutTimes(c claims) error {
	expires, _ := c.time("exp")
	if err := p.checkTimes(c); err != nil {
		return err
	}
	return refuse(expires.Sub(p.now()) > 24*time.Hour, "exp")
}

// logoutIndex addresses what a logout is about: the sid alone where there is
// one, for sub need not equal the ID token's then.
func logoutIndex(provider, sid, subject string) (sessions, memory store.Key) {
	if sid != "" {
		return sidIndex(forSession, provider, sid), sidIndex(forLogout, provider, sid)
	}
	return subjectIndex(forSession, provider, subject), subjectIndex(forLogout, provider, subject)
}

// stillWanted looks, once a new session is written, for a logout that came
// after its sign-in had begun: the logout wins. Only our own clock is asked,
// so that a logout does not stop the next sign-in in the same second.
func (a *Auth) stillWanted(ctx context.Context, s *signIn, r *record, token string) error {
	for _, memory := range indexOf(forLogout, r.Provider, r.SID, r.Subject) {
		logouts, err := a.vault.list(ctx, forLogout, memory)
		if err == nil && endedSince(logouts, s.Begun) {
			err = s.problem(SignedOutMeanwhile, "the provider ended this sign-in before it was complete")
		}
		if err != nil {
			a.finish(ctx, sessionKey(token), Ended)
			return err
		}
	}
	return nil
}

func endedSince(logouts []entry, begun time.Time) bool {
	for _, logout := range logouts {
		var when time.Time
		if json.Unmarshal(logout.front, &when) == nil && when.After(begun) {
			return true
		}
	}
	return false
}
