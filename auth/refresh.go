package auth

import (
	"context"
	"errors"
	"time"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

// refreshDue reports whether an access token is to be refreshed: when a tenth
// of its life is left, or a minute. One without an end never is.
func (f *summary) refreshDue(now time.Time) bool {
	if f.TokenExpiresAt.IsZero() {
		return false
	}
	ahead := min(f.TokenExpiresAt.Sub(f.TokenIssuedAt)/10, time.Minute)
	return !now.Before(f.TokenExpiresAt.Add(-ahead))
}

// accessToken returns the session's access token, refreshed where that is due:
// once, whoever asks. Where a refresh fails, a token that has not expired yet
// serves on.
func (a *Auth) accessToken(ctx context.Context, active *activeSession) (string, error) {
	r, err := active.record()
	if err != nil {
		return "", err
	}
	if !r.refreshDue(a.now()) {
		return r.AccessToken, nil
	}
	if r.RefreshToken == "" && a.now().Before(r.TokenExpiresAt) {
		return r.AccessToken, nil
	}
	fresh, err := a.sharedRefresh(ctx, active.key, "")
	switch {
	case err == nil:
		return fresh.AccessToken, nil
	case a.now().Before(r.TokenExpiresAt) && (CodeOf(err) != SessionEnded || isRefreshRejected(err)):
		return r.AccessToken, nil
	}
	return "", err
}

// replaceToken returns an access token in place of one that an API has refused
// although it should still be valid; "" where there is none to be had.
func (a *Auth) replaceToken(ctx context.Context, active *activeSession, refused string) (string, error) {
	r, err := a.sharedRefresh(ctx, active.key, refused)
	switch {
	case err == nil && r.AccessToken != refused:
		return r.AccessToken, nil
	case CodeOf(err) == SessionEnded && !isRefreshRejected(err):
		return "", err
	case err != nil:
		a.log.Warn("an API has refused an access token, which could not be refreshed", "provider", active.Provider, "error", err)
	}
	return "", nil
}

// sharedRefresh refreshes once for all goroutines of this process. It goes on
// when the first who asked has gone away, and Close waits for it: the provider
// may have answered.
func (a *Auth) sharedRefresh(ctx context.Context, key store.Key, refused string) (*record, error) {
	done := a.refreshes.Start(sealed.KeyName(key)+refused, func() (*record, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), oidc.OutgoingLimit)
		defer cancel()
		return a.refreshOnce(ctx, &refresh{auth: a, key: key, rejectedToken: refused})
	})
	select {
	case result := <-done:
		return result.Value, fromOIDC(result.Err)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// refreshOnce refreshes once for all replicas: it waits for the lock or, if
// another replica holds it, for that one's result.
func (a *Auth) refreshOnce(ctx context.Context, f *refresh) (*record, error) {
	for {
		r, _, err := a.readRecord(ctx, f.key)
		if err != nil || !f.needed(r) {
			return r, err
		}
		f.lock, err = a.store.Lock(ctx, forRefresh, a.store.Key(forRefresh, sealed.KeyName(f.key)))
		if err != nil {
			return nil, err
		}
		if f.lock != nil {
			fresh, err := f.runWithLock(ctx)
			if !errors.Is(err, errLockLost) {
				return fresh, err
			}
		}
		select {
		case <-time.After(sealed.LockPoll):
		case <-ctx.Done():
			return nil, errorf(ProviderUnavailable, r.Provider, "another replica's refresh: %w", ctx.Err())
		}
	}
}
