package auth

import (
	"cmp"
	"context"
	"errors"
	"time"

	"latchkey/auth/internal/flight"
	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

// minRefreshInterval is how long refreshed tokens are kept even if an API rejects
// them: it may have a reason that new tokens do not change.
const minRefreshInterval = time.Minute

var (
	errRefreshRejected = errors.New("there is no refresh token that the provider accepts")
	errLockLost        = errors.New("another replica has taken over this refresh")
)

// isRefreshRejected reports whether the provider accepts no refresh token, although it has
// not revoked one.
func isRefreshRejected(err error) bool {
	return errors.Is(err, errRefreshRejected) || oidc.IsKind(err, oidc.RefreshRejected)
}

// refreshNeeded reports whether a record still has the tokens to replace: an access
// token that is due, or one that an API rejected.
func (a *Auth) refreshNeeded(r *record.Record, rejected string) bool {
	now := a.now()
	recent := r.TokenIssuedAt.After(r.StartedAt) && now.Sub(r.TokenIssuedAt) < minRefreshInterval
	return r.RefreshDue(now) || (rejected != "" && r.AccessToken == rejected && !recent)
}

// sharedRefresh refreshes once for all goroutines of this process. The refresh continues
// if its caller gives up, and Close waits for it, because the provider may have replaced
// the refresh token already.
func (a *Auth) sharedRefresh(ctx context.Context, key store.Key, rejected string) (*record.Record, error) {
	r, err := a.refreshes.Do(ctx, sealed.KeyName(key)+rejected, func() (*record.Record, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), oidc.OutgoingLimit)
		defer cancel()
		for {
			r, err := a.refreshOnce(ctx, key, rejected)
			if !errors.Is(err, errLockLost) || pause(ctx) != nil {
				return r, err
			}
		}
	})
	return r, fromOIDC(err)
}

// refreshOnce refreshes once for all replicas (RFC 6749 section 6). It returns the
// record with the new tokens, or with those of a replica that refreshed first.
func (a *Auth) refreshOnce(ctx context.Context, key store.Key, rejected string) (*record.Record, error) {
	lock, r, err := a.lockRefresh(ctx, key, rejected)
	if lock == nil {
		return r, err
	}
	release := lock.Release
	defer func() { release() }()
	if r.RefreshToken == "" {
		return nil, errorf(SessionEnded, r.Provider, "the access token cannot be replaced: %w", errRefreshRejected)
	}
	p := a.byID[r.Provider]
	response, err := flight.Recover(func() (*oidc.Tokens, error) { return p.oidc.Refresh(ctx, r.RefreshToken) })
	if err != nil {
		return nil, a.refreshFailed(ctx, lock, key, r, fromOIDC(err))
	}
	// A new refresh token is stored before the response is verified: even if the rest is
	// invalid, the provider may no longer accept the old one.
	sent, fresh := r.RefreshToken, *r
	if fresh.RefreshToken = cmp.Or(response.Refresh, sent); fresh.RefreshToken != sent {
		if _, err = a.saveTokens(ctx, key, sent, &fresh); CodeOf(err) == SessionEnded {
			return nil, a.report(ctx, sessionEvent(&fresh.Summary, EventRefreshFailed, ""), err)
		}
	}
	_, invalid := flight.Recover(func() (any, error) { return nil, p.oidc.VerifyRefreshed(ctx, response, r.IDToken) })
	if invalid != nil && err == nil {
		return nil, a.report(ctx, sessionEvent(&r.Summary, EventRefreshFailed, ""), fromOIDC(invalid))
	}
	if invalid == nil {
		fresh.SetTokens(response)
		if r, err = a.saveTokens(ctx, key, sent, &fresh); err == nil {
			a.emit(ctx, sessionEvent(&r.Summary, EventTokensRefreshed, ""))
			return r, nil
		}
	}
	release = func() {} // saveInBackground releases the lock
	a.saveInBackground(ctx, lock, key, sent, &fresh, err)
	return nil, a.report(ctx, sessionEvent(&fresh.Summary, EventRefreshFailed, ""), err)
}

// lockRefresh waits for the lock on a session's refresh, and returns it with the
// record as it was read under the lock. There is no lock if the refresh failed or is
// no longer needed: while this replica waited, another may have done it.
func (a *Auth) lockRefresh(ctx context.Context, key store.Key, rejected string) (*sealed.Lock, *record.Record, error) {
	for {
		r, _, err := a.readRecord(ctx, key)
		if err != nil || !a.refreshNeeded(r, rejected) {
			return nil, r, err
		}
		lock, err := a.store.Lock(ctx, forRefresh, a.store.Key(forRefresh, sealed.KeyName(key)))
		if err != nil {
			return nil, nil, err
		}
		if lock != nil {
			if r, _, err = a.readRecord(ctx, key); err == nil && a.refreshNeeded(r, rejected) {
				return lock, r, nil
			}
			lock.Release()
			return nil, r, err
		}
		if err := pause(ctx); err != nil {
			return nil, nil, errorf(ProviderUnavailable, r.Provider, "another replica's refresh: %w", err)
		}
	}
}

func pause(ctx context.Context) error {
	select {
	case <-time.After(sealed.LockPoll):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// saveTokens stores the tokens of a refresh, unless another replica has refreshed
// since: it returns the record that is stored now. If the session has ended since, it
// revokes the new tokens.
func (a *Auth) saveTokens(ctx context.Context, key store.Key, sent string, fresh *record.Record) (stored *record.Record, err error) {
	err = a.updateRecord(ctx, key, func(r *record.Record) {
		if r.RefreshToken == sent || r.RefreshToken == fresh.RefreshToken {
			r.CopyTokens(fresh)
		}
		stored = r
	})
	if CodeOf(err) == SessionEnded {
		a.revoke(ctx, fresh)
	}
	return stored, err
}

// saveInBackground stores tokens as soon as the store is available again, and keeps
// the lock until then: a provider that rotates refresh tokens no longer accepts the
// stored one.
func (a *Auth) saveInBackground(ctx context.Context, lock *sealed.Lock, key store.Key, sent string, fresh *record.Record, failure error) {
	a.background(ctx, oidc.OutgoingLimit, func(ctx context.Context) {
		defer lock.Release()
		for CodeOf(failure) == StoreUnavailable && pause(ctx) == nil {
			_, failure = a.saveTokens(ctx, key, sent, fresh)
		}
	})
}

// refreshFailed ends the session if the provider has revoked the refresh token. It
// changes nothing if the lock was lost: another replica may have used that token.
func (a *Auth) refreshFailed(ctx context.Context, lock *sealed.Lock, key store.Key, r *record.Record, failure error) error {
	if CodeOf(failure) != SessionEnded {
		return a.report(ctx, sessionEvent(&r.Summary, EventRefreshFailed, ""), failure)
	}
	held, err := lock.Held(ctx)
	if err != nil {
		return err
	}
	now, _, err := a.readRecord(ctx, key)
	if err != nil {
		return err
	}
	if !held || now.RefreshToken != r.RefreshToken {
		return errLockLost
	}
	if !isRefreshRejected(failure) {
		a.end(ctx, key, ByProvider)
		return a.report(ctx, sessionEvent(&r.Summary, EventRefreshFailed, RefreshTokenRevoked), failure)
	}
	failure = a.report(ctx, sessionEvent(&r.Summary, EventRefreshFailed, RefreshTokenRejected), failure)
	return errors.Join(failure, a.updateRecord(ctx, key, func(stored *record.Record) {
		if stored.RefreshToken == r.RefreshToken {
			stored.RefreshToken = ""
		}
	}))
}
