package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"latchkey/auth/internal/flight"
	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
)

// AdmitAll returns a Config.Admit hook that calls hooks in order, up to the first error.
func AdmitAll(hooks ...func(context.Context, *Session) error) func(context.Context, *Session) error {
	return func(ctx context.Context, session *Session) error {
		for _, hook := range hooks {
			if err := hook(ctx, session); err != nil {
				return err
			}
		}
		return nil
	}
}

// EmailDomain returns a Config.Admit hook for people whose e-mail address the provider has
// verified and is in one of the domains. A subdomain is another domain.
func EmailDomain(domains ...string) func(context.Context, *Session) error {
	return func(_ context.Context, session *Session) error {
		_, domain, found := strings.Cut(session.User.Email, "@")
		if !session.EmailVerified() {
			return Refuse("Your e-mail address has not been verified. Verify it with your provider, then sign in again.")
		}
		for _, allowed := range domains {
			if found && strings.EqualFold(domain, strings.TrimPrefix(allowed, "@")) {
				return nil
			}
		}
		return Refuse(fmt.Sprintf("Only people with an e-mail address in %s can sign in.", strings.Join(domains, ", ")))
	}
}

// admitSession calls Config.Admit at a sign-in: it may refuse, or add values to the new
// session.
func (a *Auth) admitSession(ctx context.Context, s *signIn, r *record.Record) error {
	if a.config.Admit == nil {
		return nil
	}
	if err := a.callAdmit(ctx, r); err != nil {
		return a.report(ctx, sessionEvent(&r.Summary, EventSignInRefused, Reason(Refused)), s.wrap(wrap(Refused, r.Provider, err)))
	}
	return nil
}

// callAdmit calls the hook, and keeps the values that it leaves in the session.
func (a *Auth) callAdmit(ctx context.Context, r *record.Record) error {
	details := r.Details // a copy: the hook may keep the session
	session := newSession(&r.Summary, r.Deadline, func() (record.Details, error) { return details, nil })
	if session.Values == nil {
		session.Values = map[string]string{}
	}
	if err := a.config.Admit(ctx, session); err != nil {
		return err
	}
	r.Values = record.ToJSON(session.Values)
	return nil
}

// recheck calls the Admit hook again if Config.Recheck has passed since its last call for
// this session, and reads the session again afterwards: it may have ended. Concurrent
// requests of this process wait for the same call.
func (a *Auth) recheck(ctx context.Context, req *request) {
	if !a.recheckDue(req.active.Summary) {
		return
	}
	active := req.active
	_, err := a.rechecks.Do(ctx, sealed.KeyName(active.key), func() (struct{}, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), oidc.OutgoingLimit)
		defer cancel()
		return struct{}{}, a.recheckOnce(ctx, active)
	})
	if err != nil && ctx.Err() == nil && CodeOf(err) != SessionEnded && !reported(err) {
		a.log.Warn("Admit could not be called again for a session", "provider", active.Provider, "error", err)
	}
	req.active, req.err = a.load(ctx, req.token)
}

func (a *Auth) recheckDue(f *record.Summary) bool {
	return a.config.Recheck > 0 && a.config.Admit != nil && a.now().Sub(f.AdmittedAt) >= a.config.Recheck
}

// recheckOnce calls the hook, unless another replica is doing so. If the hook refuses, all
// sessions of the person end. If the provider fails, the hook gets the claims that are
// known; if the hook fails, the session continues.
func (a *Auth) recheckOnce(ctx context.Context, active *activeSession) error {
	lock, err := a.store.Lock(ctx, forRefresh, a.store.Key(forRefresh, "recheck", sealed.KeyName(active.key)))
	if lock == nil {
		return err
	}
	defer lock.Release()
	fresh, failure := a.currentRecord(ctx, active)
	if CodeOf(failure) == SessionEnded || CodeOf(failure) == StoreUnavailable {
		return failure
	}
	if !a.recheckDue(&fresh.Summary) { // another replica has called it
		return nil
	}
	_, refusal := flight.Recover(func() (_ any, err error) { return nil, a.callAdmit(ctx, fresh) })
	ctx = context.WithoutCancel(ctx) // the provider or the hook may have used up its time
	if CodeOf(refusal) == Refused {
		_, err := a.endAll(ctx, a.store.subjectIndex(forSession, fresh.Provider, fresh.Subject), ByApp, nil)
		return err
	}
	return errors.Join(failure, refusal, a.updateRecord(ctx, active.key, func(r *record.Record) {
		r.AdmittedAt = a.now()
		if refusal == nil {
			r.SetPerson(oidc.Claims(record.FromJSON[any](fresh.Claims)))
			r.Values = fresh.Values
		}
	}))
}

// currentRecord returns a session's record with what the provider says about the person
// now. If that fails, it returns the record as it is with the error.
func (a *Auth) currentRecord(ctx context.Context, active *activeSession) (*record.Record, error) {
	claims, failure := a.currentClaims(ctx, active)
	r, _, err := a.readRecord(ctx, active.key)
	switch {
	case err != nil: // such as SessionEnded, if the provider has revoked the tokens
		return nil, err
	case failure == nil:
		r.SetPerson(claims)
	case CodeOf(failure) == SessionEnded: // the tokens alone: the session continues without them
		failure = nil
	}
	return r, failure
}

func (a *Auth) currentClaims(ctx context.Context, active *activeSession) (oidc.Claims, error) {
	r, err := active.details()
	if err != nil {
		return nil, err
	}
	token, err := a.accessToken(ctx, active)
	if err != nil {
		return nil, err
	}
	p := a.byID[active.Provider]
	claims, current, err := p.oidc.CurrentClaims(ctx, r.IDToken, token)
	if err == nil && !current { // only a new ID token has new claims
		refreshed, failure := a.sharedRefresh(ctx, active.key, token)
		if failure != nil {
			return nil, failure
		}
		claims, _, err = p.oidc.CurrentClaims(ctx, refreshed.IDToken, refreshed.AccessToken)
	}
	return claims, fromOIDC(err)
}
