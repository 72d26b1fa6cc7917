package auth

import (
	"cmp"
	"context"
	"errors"
	"time"

	"latchkey/auth/internal/flight"
	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

// minRefreshInterval is how soon tokens that came from a refresh may be refreshed once
// more because an API refuses them: it may do so for a reason of its own.
const minRefreshInterval = time.Minute

var (
	errRefreshRejected = errors.New("there is no refresh token that the provider takes")
	errLockLost        = errors.New("another replica has taken over this refresh")
)

// isRefreshRejected reports whether there is no refresh token that the provider
// accepts, although it has not revoked one.
func isRefreshRejected(err error) bool {
	return errors.Is(err, errRefreshRejected) || isKind(err, oidc.RefreshRejected)
}

// refresh is one refresh of a session's tokens.
type refresh struct {
	auth          *Auth
	key           store.Key
	rejectedToken string // the access token that an API refuses; empty: it is about to expire
	lock          *sealed.Lock
}

// needed reports whether a record still has the tokens that are to be replaced.
func (f *refresh) needed(r *record) bool {
	now := f.auth.now()
	recent := r.TokenIssuedAt.After(r.StartedAt) && now.Sub(r.TokenIssuedAt) < minRefreshInterval
	return r.refreshDue(now) || (f.rejectedToken != "" && r.AccessToken == f.rejectedToken && !recent)
}

// runWithLock refreshes with the lock taken, and gives it back when the tokens are
// stored. Where the store fails just then it goes on trying behind the request: a
// provider that rotates refresh tokens has used up the stored one.
func (f *refresh) runWithLock(ctx context.Context) (*record, error) {
	held := f.lock
	sent, fresh, err := f.exchange(ctx)
	if err == nil || fresh == nil {
		held.Release()
		return fresh, err
	}
	failure := err
	f.auth.background(ctx, oidc.OutgoingLimit, func(ctx context.Context) {
		defer held.Release()
		for CodeOf(failure) == StoreUnavailable && ctx.Err() == nil {
			time.Sleep(sealed.LockPoll)
			_, failure = f.save(ctx, sent, fresh)
		}
	})
	return nil, err
}

// exchange does the refresh, unless it was done while the lock was waited for. A
// record together with an error is one that could not be stored; sent is the
// refresh token that it replaces.
func (f *refresh) exchange(ctx context.Context) (sent string, fresh *record, err error) {
	r, _, err := f.auth.readRecord(ctx, f.key)
	if err != nil || !f.needed(r) {
		return "", r, err
	}
	if r.RefreshToken == "" {
		return "", nil, errorf(SessionEnded, r.Provider, "the access token is of no use: %w", errRefreshRejected)
	}
	p, err := f.auth.provider(r.Provider)
	if err != nil {
		return "", nil, err
	}
	answer, err := flight.Recover(func() (*oidc.Tokens, error) { return p.oidc.Refresh(ctx, r.RefreshToken) })
	if err != nil {
		return "", nil, f.handleRejection(ctx, r, fromOIDC(err))
	}
	fresh, err = f.take(ctx, p, r, answer)
	return r.RefreshToken, fresh, err
}

// take stores what the token endpoint has answered. The refresh token comes first:
// whatever is wrong with the rest of the answer, the provider may have used up the
// one before.
func (f *refresh) take(ctx context.Context, p *provider, r *record, answer *oidc.Tokens) (*record, error) {
	rotated := *r
	var unstored error
	if answer.Refresh != "" && answer.Refresh != r.RefreshToken {
		rotated.RefreshToken = answer.Refresh
		_, unstored = f.save(ctx, r.RefreshToken, &rotated)
	}
	if CodeOf(unstored) == SessionEnded {
		return nil, unstored
	}
	_, err := flight.Recover(func() (any, error) { return nil, p.oidc.VerifyRefreshed(ctx, answer, r.IDToken) })
	switch {
	case err != nil && unstored != nil:
		return &rotated, unstored
	case err != nil:
		return nil, fromOIDC(err)
	}
	fresh := *r
	fresh.setTokens(answer)
	kept, err := f.save(ctx, r.RefreshToken, &fresh)
	if err != nil {
		return &fresh, err
	}
	return kept, nil
}

// save writes what a refresh has brought, unless another replica has refreshed
// meanwhile: then that one's tokens are returned. Where the session has ended
// meanwhile, it has the new tokens revoked.
func (f *refresh) save(ctx context.Context, sent string, fresh *record) (kept *record, err error) {
	err = f.auth.updateRecord(ctx, f.key, func(r *record) {
		if r.RefreshToken == sent || r.RefreshToken == fresh.RefreshToken {
			r.copyTokens(fresh)
		}
		kept = r
	})
	if CodeOf(err) == SessionEnded {
		f.auth.revoke(ctx, fresh)
	}
	return kept, err
}

// handleRejection is what becomes of a session whose refresh token the provider does not
// take: it ends where that token has been taken back. But a refresh that has lost
// its lock may have sent one that another replica had used meanwhile, and does
// nothing.
func (f *refresh) handleRejection(ctx context.Context, r *record, rejection error) error {
	if CodeOf(rejection) != SessionEnded {
		return rejection
	}
	held, err := f.lock.Held(ctx)
	if err != nil {
		return err
	}
	now, _, err := f.auth.readRecord(ctx, f.key)
	if err != nil {
		return err
	}
	if !held || now.RefreshToken != r.RefreshToken {
		return errLockLost
	}
	if !isRefreshRejected(rejection) {
		f.auth.end(ctx, f.key, Ended)
		return rejection
	}
	f.auth.log.Warn("the provider rejects a refresh token, which is not sent again: the person has to sign in again for what it served", "error", rejection)
	return errors.Join(rejection, f.auth.updateRecord(ctx, f.key, func(r *record) { r.dropRefreshToken(now.RefreshToken) }))
}

// dropRefreshToken drops a refresh token that is of no use, if it is still that one.
func (r *record) dropRefreshToken(refreshToken string) {
	if r.RefreshToken == refreshToken {
		r.RefreshToken = ""
	}
}

// setTokens sets what a response of the token endpoint contains. What it lacks stays.
func (r *record) setTokens(t *oidc.Tokens) {
	r.AccessToken, r.TokenIssuedAt, r.TokenExpiresAt = t.Access, t.Issued, t.Expires
	r.IDToken, r.RefreshToken, r.Scope = cmp.Or(t.ID, r.IDToken), cmp.Or(t.Refresh, r.RefreshToken), cmp.Or(t.Scope, r.Scope)
}

// copyTokens copies the tokens of another record.
func (r *record) copyTokens(fresh *record) {
	r.IDToken, r.AccessToken, r.RefreshToken, r.Scope = fresh.IDToken, fresh.AccessToken, fresh.RefreshToken, fresh.Scope
	r.TokenIssuedAt, r.TokenExpiresAt = fresh.TokenIssuedAt, fresh.TokenExpiresAt
}
