package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
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
	ctx, cancel := context.WithTimeout(withRequest(ctx, new(request)), outgoingLimit)
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
	used, err := a.store.used(ctx, forLogout, p.ID, c.text("jti"))
	if err != nil {
		return err
	}
	if used {
		return p.errorf(LogoutTokenInvalid, "its jti has been used before")
	}
	targets, err := a.logoutTargets(ctx, p, c)
	if err != nil {
		return err
	}
	if err := a.recordLogout(ctx, p, c, targets); err != nil {
		return err
	}
	for _, t := range targets {
		if err := a.endAll(ctx, t.sessions, t.except); err != nil {
			return err
		}
	}
	expires, _ := c.time("exp")
	first, err := a.store.useOnce(ctx, forLogout, expires.Add(2*expiryLeeway), p.ID, c.text("jti"))
	if err == nil && !first {
		err = p.errorf(LogoutTokenInvalid, "its jti has been used at the same moment")
	}
	return err
}

// recordLogout writes down when a logout came, for the sign-in that it may
// have overtaken. Tried again, it came when it came first.
func (a *Auth) recordLogout(ctx context.Context, p *provider, c claims, targets []logoutTarget) error {
	var index []store.Key
	for _, t := range targets {
		index = append(index, t.memory)
	}
	now := a.now()
	when, _ := json.Marshal(now)
	_, err := a.store.create(ctx, forLogout, a.store.keyOf(forLogout, "jti", p.ID, c.text("jti")), recordParts{summary: when}, now.Add(logoutMemory), index...)
	return err
}

// verifyLogoutToken is section 2.6. What the token says is looked at before
// its signature is, so that a forged one does not make us ask the provider.
func (p *provider) verifyLogoutToken(ctx context.Context, raw string) (claims, error) {
	t, err := p.parseToken(raw)
	if err == nil {
		err = firstError(checkLogoutType(raw), p.checkLogoutTimes(t.claims), checkLogoutClaims(t.claims))
	}
	if err == nil {
		err = p.verifyLogout(ctx, t)
	}
	if err != nil && (failureCode(err) == ProviderUnavailable || untrustedCertificate(err)) {
		return nil, p.wrap(ProviderUnavailable, err)
	}
	if err != nil {
		return nil, p.errorf(LogoutTokenInvalid, "%w", err)
	}
	return t.claims, nil
}

func (p *provider) verifyLogout(ctx context.Context, t token) error {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return err
	}
	_, err = party.verify(ctx, t, rateLimited{party.keys})
	return err
}

// logoutTypes are what the typ header of a logout token may be (section 2.4, and
// RFC 7515 section 4.1.9 for the prefix and the case). Any other type says that
// the token was made for something else (RFC 8725 section 3.11).
var logoutTypes = []string{"jwt", "logout+jwt"}

func checkLogoutType(raw string) error {
	encoded, _, _ := strings.Cut(raw, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	var header claims
	if err != nil || json.Unmarshal(decoded, &header) != nil {
		return notJWT(raw)
	}
	_, says := header["typ"]
	typ := strings.TrimPrefix(strings.ToLower(header.text("typ")), "application/")
	return refuse(says && !slices.Contains(logoutTypes, typ), "typ")
}

// checkLogoutClaims is steps 4 to 7 of section 2.6.
func checkLogoutClaims(c claims) error {
	events, _ := c["events"].(map[string]any)
	_, isLogout := events[logoutEvent].(map[string]any)
	_, hasNonce := c["nonce"]
	return firstError(
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

// logoutTarget is a group of sessions that a logout ends.
type logoutTarget struct {
	sessions store.Key           // the index of the sessions
	except   func(*summary) bool // sessions under the index that it does not end
	memory   store.Key           // where a sign-in that the logout overtakes finds it
}

// logoutTargets returns the sessions that a logout token is about: those of its
// sid where there is one, because sub need not equal the ID token's then. Where no
// session has that sid, those of its sub that have no sid are meant too: some
// providers leave sid out of ID tokens, and most did so before it was switched on.
func (a *Auth) logoutTargets(ctx context.Context, p *provider, c claims) ([]logoutTarget, error) {
	sid, subject := c.text("sid"), c.text("sub")
	if sid == "" {
		return []logoutTarget{{a.store.subjectIndex(forSession, p.ID, subject), keepNone, a.store.subjectIndex(forLogout, p.ID, subject)}}, nil
	}
	// A sign-in may write a session with this sid after the list is read, so the
	// target is ended in every case.
	targets := []logoutTarget{{a.store.sidIndex(forSession, p.ID, sid), keepNone, a.store.sidIndex(forLogout, p.ID, sid)}}
	found, err := a.store.list(ctx, forSession, targets[0].sessions)
	if err == nil && len(found) == 0 && subject != "" {
		targets = append(targets, logoutTarget{a.store.subjectIndex(forSession, p.ID, subject), (*summary).hasSID, a.store.withoutSIDIndex(forLogout, p.ID, subject)})
	}
	return targets, err
}

func (f *summary) hasSID() bool { return f.SID != "" }

// logoutIndex returns the keys under which the logouts that end a session are
// remembered.
func (v *sealedStore) logoutIndex(f *summary) []store.Key {
	index := v.indexOf(forLogout, f.Provider, f.SID, f.Subject)
	if !f.hasSID() {
		index = append(index, v.withoutSIDIndex(forLogout, f.Provider, f.Subject))
	}
	return index
}

// checkNotLoggedOut looks, once a new session is written, for a logout that came
// after its sign-in had begun: the logout wins. Only our own clock is asked,
// so that a logout does not stop the next sign-in in the same second.
func (a *Auth) checkNotLoggedOut(ctx context.Context, s *signIn, r *record, token string) error {
	for _, memory := range a.store.logoutIndex(&r.summary) {
		logouts, err := a.store.list(ctx, forLogout, memory)
		if err == nil && loggedOutSince(logouts, s.StartedAt) {
			err = s.errorf(SignedOutMeanwhile, "the provider ended this sign-in before it was complete")
		}
		if err != nil {
			a.end(ctx, a.store.sessionKey(token), Ended)
			return err
		}
	}
	return nil
}

func loggedOutSince(logouts []entry, begun time.Time) bool {
	for _, logout := range logouts {
		var when time.Time
		if json.Unmarshal(logout.summary, &when) == nil && when.After(begun) {
			return true
		}
	}
	return false
}
