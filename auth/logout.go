package auth

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

// logoutMemory is how long a logout is remembered, for a sign-in that it overtakes.
const logoutMemory = signInMemory

// replicaLeeway is how far the clocks of replicas may differ.
const replicaLeeway = 5 * time.Second

// BackChannelLogout ends the sessions that a logout token names (OpenID Connect
// Back-Channel Logout 1.0 section 2.7). A token for unknown sessions is a success: the
// app that started the logout receives one too. The code for an invalid token is
// LogoutTokenInvalid.
func (a *Auth) BackChannelLogout(ctx context.Context, providerID, logoutToken string) error {
	p, err := a.provider(providerID)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, oidc.OutgoingLimit)
	defer cancel()
	c, err := p.oidc.VerifyLogoutToken(ctx, logoutToken)
	if err == nil {
		err = a.logOut(context.WithoutCancel(ctx), p, c) // some providers do not wait for the answer
	}
	if err != nil {
		return a.report(ctx, Event{Kind: EventLogoutTokenRejected, Provider: p.ID}, fromOIDC(err))
	}
	a.emit(ctx, Event{Kind: EventLogoutTokenReceived, Provider: p.ID, Subject: c.Text("sub")})
	return nil
}

// logOut does what a verified logout token requests. Its jti is used last, so that the
// provider may send the same token again if the store fails in between. The order is safe
// against a concurrent sign-in, which first writes its session and then checks for
// logouts.
func (a *Auth) logOut(ctx context.Context, p *provider, c oidc.Claims) error {
	used, err := a.store.Used(ctx, forLogout, p.ID, c.Text("jti"))
	if err != nil {
		return err
	}
	if used {
		return errorf(LogoutTokenInvalid, p.ID, "its jti has been used before")
	}
	targets, err := a.logoutTargets(ctx, p, c)
	if err != nil {
		return err
	}
	firstTry, err := a.recordLogout(ctx, p, c, targets)
	if err != nil {
		return err
	}
	for _, t := range targets {
		spare := func(f *record.Summary) bool {
			return t.withoutSID && f.SID != "" || !firstTry.IsZero() && f.StartedAt.After(firstTry.Add(replicaLeeway))
		}
		if _, err := a.endAll(ctx, t.sessions, ByProvider, spare); err != nil {
			return err
		}
	}
	expires, _ := c.Time("exp")
	first, err := a.store.UseOnce(ctx, forLogout, expires.Add(2*oidc.ExpiryLeeway), p.ID, c.Text("jti"))
	if err == nil && !first {
		err = errorf(LogoutTokenInvalid, p.ID, "its jti has been used at the same moment")
	}
	return err
}

// recordLogout stores the time of a logout, for a sign-in that it may overtake. A retry
// keeps the time of the first try, and returns it: the person may have signed in since then.
// The token's iat would be no help: it may differ from our clock by as much as a retry may
// come later (oidc.IssuedLeeway).
func (a *Auth) recordLogout(ctx context.Context, p *provider, c oidc.Claims, targets []logoutTarget) (firstTry time.Time, err error) {
	var index []store.Key
	for _, t := range targets {
		index = append(index, t.memory)
	}
	key, now := a.store.Key(forLogout, "jti", p.ID, c.Text("jti")), a.now()
	when, _ := json.Marshal(now)
	created, err := a.store.Create(ctx, forLogout, key, sealed.Parts{Summary: when}, now.Add(logoutMemory), index...)
	if err != nil || created != nil {
		return time.Time{}, err
	}
	stored, _, err := a.store.Find(ctx, forLogout, key)
	_ = json.Unmarshal(stored, &firstTry) // zero if it does not open
	return firstTry, err
}

// logoutTarget is a group of sessions that a logout ends.
type logoutTarget struct {
	sessions   store.Key // the index of the sessions
	withoutSID bool      // only those without a sid
	memory     store.Key // where a sign-in that the logout overtakes finds it
}

// logoutTargets returns the sessions that a logout token is about: those with its sid, if
// it has one, because its sub may differ from the ID token's then. If no session has that
// sid, it also means the sessions of its sub without a sid: some providers leave sid out
// of ID tokens, and did before the setting was turned on.
func (a *Auth) logoutTargets(ctx context.Context, p *provider, c oidc.Claims) ([]logoutTarget, error) {
	sid, subject := c.Text("sid"), c.Text("sub")
	if sid == "" {
		return []logoutTarget{{sessions: a.store.subjectIndex(forSession, p.ID, subject), memory: a.store.subjectIndex(forLogout, p.ID, subject)}}, nil
	}
	// A sign-in may write a session with this sid after the list is read, so this
	// target is always ended.
	targets := []logoutTarget{{sessions: a.store.sidIndex(forSession, p.ID, sid), memory: a.store.sidIndex(forLogout, p.ID, sid)}}
	found, err := a.store.List(ctx, forSession, targets[0].sessions)
	if err == nil && len(found) == 0 && subject != "" {
		targets = append(targets, logoutTarget{a.store.subjectIndex(forSession, p.ID, subject), true, a.store.withoutSIDIndex(forLogout, p.ID, subject)})
	}
	return targets, err
}

// logoutIndex returns the keys under which the logouts that end a session are
// remembered.
func (v sessionStore) logoutIndex(f *record.Summary) []store.Key {
	index := v.indexOf(forLogout, f.Provider, f.SID, f.Subject)
	if f.SID == "" {
		index = append(index, v.withoutSIDIndex(forLogout, f.Provider, f.Subject))
	}
	return index
}

// checkNotLoggedOut checks, after a new session is written, for a logout since the start of
// its sign-in: the logout wins. Only our own clock counts, so that a logout does not stop
// the next sign-in in the same second.
func (a *Auth) checkNotLoggedOut(ctx context.Context, s *signIn, r *record.Record, token string) error {
	isLater := func(logout sealed.Entry) bool {
		var when time.Time
		return json.Unmarshal(logout.Summary, &when) == nil && when.After(s.StartedAt)
	}
	for _, memory := range a.store.logoutIndex(&r.Summary) {
		logouts, err := a.store.List(ctx, forLogout, memory)
		if slices.ContainsFunc(logouts, isLater) {
			err = s.errorf(SignedOutMeanwhile, "the provider ended this sign-in before it was complete")
		}
		if err != nil {
			a.end(context.WithoutCancel(ctx), a.store.sessionKey(token), ByProvider)
			return err
		}
	}
	return nil
}

const maxSID = 255 // bytes

// FrontChannelLogout ends the sessions with a sid, as a frame on the provider's page
// requests (OpenID Connect Front-Channel Logout 1.0 section 3). The request is not
// authenticated except by the sid, which no one can guess: it can only end a session. It
// is not remembered as a back-channel logout is, because each guess would cost a record.
// An unknown sid is no error: the caller must not learn which ones exist.
func (a *Auth) FrontChannelLogout(ctx context.Context, providerID, issuer, sid string) error {
	p, err := a.provider(providerID)
	if err != nil {
		return err
	}
	if !p.FrontChannelLogout {
		return errorf(UnknownProvider, p.ID, "its front-channel logout is not enabled")
	}
	// HasIssuer needs no discovery: an unauthenticated request must not cause one.
	if !p.oidc.HasIssuer(issuer) || sid == "" || len(sid) > maxSID {
		return nil
	}
	_, err = a.endAll(ctx, a.store.sidIndex(forSession, p.ID, sid), ByProvider, nil)
	return err
}
