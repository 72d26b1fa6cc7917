package auth

import (
	"context"
	"errors"
	"log/slog"

	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

// The purposes of sealed values. Their text is part of the stored format.
const (
	forSession   sealed.Purpose = "session"  // session records
	forSignIn    sealed.Purpose = "sign-in"  // cookies of pending sign-ins, and used states
	forSignOut   sealed.Purpose = "sign-out" // cookies of pending sign-outs
	forFormToken sealed.Purpose = "owner"    // form tokens
	forNotice    sealed.Purpose = "notice"   // notice cookies
	forBrowser   sealed.Purpose = "browser"  // browser cookies
	forLogout    sealed.Purpose = "logout"   // remembered back-channel logouts, and used logout tokens
	forRefresh   sealed.Purpose = "refresh"  // locks on the refresh of a session's tokens
	forExpiry    sealed.Purpose = "expiry"   // reported expiries of sessions
)

// sessionStore is the sealed store, with the keys of sessions and logouts. All of its
// errors have the code StoreUnavailable.
type sessionStore struct{ *sealed.Store }

// newSessionStore calls answered after each call of the store, with its result.
func newSessionStore(s store.Store, sealer *sealed.Sealer, log *slog.Logger, answered func(context.Context, error)) sessionStore {
	budget := func(ctx context.Context) (context.Context, func(error)) {
		limited, done := requestFrom(ctx).budget.Limit(ctx) // without a request, the whole budget is left
		return limited, func(err error) {
			done()
			answered(ctx, err)
		}
	}
	return sessionStore{sealed.NewStore(s, sealer, sealed.Options{Log: log, Budget: budget, Unavailable: storeFailed})}
}

func storeFailed(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errorf(StoreUnavailable, "", "the session store did not answer in time: %w", err)
	}
	return &Error{Code: StoreUnavailable, Err: err}
}

func (v sessionStore) sessionKey(token string) store.Key { return v.Key(forSession, token) }

// The index keys of a session contain the provider, so that no provider can list
// or end another provider's sessions.
func (v sessionStore) sidIndex(p sealed.Purpose, provider, sid string) store.Key {
	return v.Key(p, "sid", provider, sid)
}

func (v sessionStore) subjectIndex(p sealed.Purpose, provider, subject string) store.Key {
	return v.Key(p, "sub", provider, subject)
}

// withoutSIDIndex is the index key of logouts for those sessions of a subject that
// have no sid.
func (v sessionStore) withoutSIDIndex(p sealed.Purpose, provider, subject string) store.Key {
	return v.Key(p, "sub without sid", provider, subject)
}

// indexOf returns the index keys of a sid and a subject. Either may be empty.
func (v sessionStore) indexOf(p sealed.Purpose, provider, sid, subject string) []store.Key {
	var index []store.Key
	if sid != "" {
		index = append(index, v.sidIndex(p, provider, sid))
	}
	if subject != "" {
		index = append(index, v.subjectIndex(p, provider, subject))
	}
	return index
}
