package auth

import (
	"context"
	"errors"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/sync/singleflight"

	"latchkey/auth/store"
)

// refreshDue reports whether an access token is to be refreshed: when a tenth
// of its life is left, or a minute. One without an end never is.
func (f *front) refreshDue(now time.Time) bool {
	if f.TokenExpires.IsZero() {
		return false
	}
	ahead := min(f.TokenExpires.Sub(f.TokenIssued)/10, time.Minute)
	return !now.Before(f.TokenExpires.Add(-ahead))
}

// accessToken returns the session's access token, refreshed where that is due:
// once, whoever asks. Where the provider gives no answer, a token that has not
// expired yet serves on.
func (a *Auth) accessToken(ctx context.Context, l *live) (string, error) {
	r, err := l.whole()
	if err != nil {
		return "", err
	}
	if !r.refreshDue(a.now()) {
		return r.AccessToken, nil
	}
	if r.RefreshToken == "" && a.now().Before(r.TokenExpires) {
		return r.AccessToken, nil
	}
	if r.RefreshToken == "" {
		return "", problem(SessionEnded, r.Provider, "the access token has expired, and there is no refresh token")
	}
	fresh, err := a.refreshShared(ctx, l.key())
	if err == nil {
		return fresh.AccessToken, nil
	}
	if codeOf(err) == ProviderUnavailable && a.now().Before(r.TokenExpires) {
		return r.AccessToken, nil
	}
	return "", err
}

// refreshShared refreshes once for all goroutines of this process. It goes on
// when the first who asked has gone away, and Close waits for it: the provider
// may have answered.
func (a *Auth) refreshShared(ctx context.Context, key store.Key) (*record, error) {
	done := make(chan singleflight.Result, 1)
	a.running.Go(func() {
		r, err, _ := a.refreshes.Do(keyName(key), func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outgoingLimit)
			defer cancel()
			return a.refreshOnce(ctx, key)
		})
		done <- singleflight.Result{Val: r, Err: err}
	})
	select {
	case result := <-done:
		r, _ := result.Val.(*record)
		return r, result.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// refreshOnce refreshes once for all replicas: it waits for the lock or, if
// another replica holds it, for that one's result.
func (a *Auth) refreshOnce(ctx context.Context, key store.Key) (*record, error) {
	for {
		r, _, err := a.stored(ctx, key)
		if err != nil || !r.refreshDue(a.now()) {
			return r, err
		}
		release, taken, err := a.vault.lock(ctx, forRefresh, keyOf(forRefresh, keyName(key)))
		if err != nil {
			return nil, err
		}
		if taken {
			return a.refreshHolding(ctx, key, release)
		}
		select {
		case <-time.After(lockTry):
		case <-ctx.Done():
			return nil, problem(ProviderUnavailable, r.Provider, "another replica's refresh: %w", ctx.Err())
		}
	}
}

// refreshHolding refreshes with the lock taken, and gives it back when the tokens
// are stored. Where the store fails just then it goes on trying behind the
// request: a provider that rotates refresh tokens has used up the stored one.
func (a *Auth) refreshHolding(ctx context.Context, key store.Key, release func()) (*record, error) {
	fresh, err := a.refreshLocked(ctx, key)
	if err == nil || fresh == nil {
		release()
		return fresh, err
	}
	failure := err
	a.behind(ctx, outgoingLimit, func(ctx context.Context) {
		defer release()
		for codeOf(failure) == StoreUnavailable && ctx.Err() == nil {
			time.Sleep(lockTry)
			failure = a.keepTokens(ctx, key, fresh)
		}
	})
	return nil, err
}

// refreshLocked does the refresh, unless it was done while the lock was waited
// for. Tokens together with an error are ones that could not be stored.
func (a *Auth) refreshLocked(ctx context.Context, key store.Key) (*record, error) {
	r, _, err := a.stored(ctx, key)
	if err != nil || !r.refreshDue(a.now()) {
		return r, err
	}
	p, err := a.provider(r.Provider)
	if err != nil {
		return nil, err
	}
	fresh, err := guarded(func() (*record, error) { return p.refresh(ctx, r) })
	if codeOf(err) == SessionEnded {
		a.finish(ctx, key, Ended)
	}
	if err != nil {
		return nil, err
	}
	return fresh, a.keepTokens(ctx, key, fresh)
}

// keepTokens writes what a refresh has brought, or has it revoked where the
// session has ended meanwhile.
func (a *Auth) keepTokens(ctx context.Context, key store.Key, fresh *record) error {
	err := a.change(ctx, key, func(r *record) { r.setTokens(fresh) })
	if codeOf(err) == SessionEnded {
		a.revoke(ctx, fresh)
	}
	return err
}

// setTokens takes over what a refresh has brought.
func (r *record) setTokens(fresh *record) {
	r.IDToken, r.AccessToken, r.RefreshToken, r.Scope = fresh.IDToken, fresh.AccessToken, fresh.RefreshToken, fresh.Scope
	r.TokenIssued, r.TokenExpires = fresh.TokenIssued, fresh.TokenExpires
}

// sameSignIn compares a refreshed ID token with the one it replaces (OpenID
// Connect Core 12.2); aud and iss have been verified against the same values.
func sameSignIn(old string, fresh claims) error {
	var before claims
	if _, err := oidc.ParseToken(old, &before); err != nil {
		return errors.New("the old ID token cannot be read")
	}
	authTime, says := fresh.time("auth_time")
	oldAuthTime, said := before.time("auth_time")
	nonce, oldNonce := fresh.text("nonce"), before.text("nonce")
	return first(
		refuse(fresh.text("iss") != before.text("iss"), "iss"),
		refuse(fresh.text("sub") != before.text("sub"), "sub"),
		refuse(says && said && !authTime.Equal(oldAuthTime), "auth_time"),
		refuse(nonce != "" && oldNonce != "" && nonce != oldNonce, "nonce"),
	)
}
