package auth

import (
	"context"

	"latchkey/auth/store"
)

// Event is what Watch tells of a session.
type Event string

// What can become of a session.
const (
	Ended    Event = "ended"    // signed out, here or elsewhere, or expired
	Replaced Event = "replaced" // the same browser has signed in anew
)

// finish ends a session for good, wherever that is asked for, tells everyone
// who watches it, and has its refresh token revoked. Of many callers, one gets
// the record.
func (a *Auth) finish(ctx context.Context, key store.Key, why Event) (*record, error) {
	plain, err := a.vault.delete(ctx, forSession, key)
	if err != nil || plain == nil {
		return nil, err
	}
	a.tell(ctx, key, why)
	r := decodeRecord(plain)
	if r != nil {
		a.revoke(ctx, r)
	}
	return r, nil
}

// finishAll ends the sessions under an index key, but for those that keep wants.
func (a *Auth) finishAll(ctx context.Context, index store.Key, keep func(*record) bool) error {
	found, err := a.vault.list(ctx, forSession, index)
	if err != nil {
		return err
	}
	for _, session := range found {
		if r := decodeRecord(session.plain); r != nil && keep(r) {
			continue
		}
		if _, err := a.finish(ctx, session.key, Ended); err != nil {
			return err
		}
	}
	return nil
}

func none(*record) bool { return false }
