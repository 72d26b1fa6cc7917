package auth

import (
	"context"
	"slices"
	"time"

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
// the record, if it opens.
func (a *Auth) finish(ctx context.Context, key store.Key, why Event) (*record, error) {
	held, deleted, err := a.vault.delete(ctx, forSession, key)
	if err != nil || !deleted {
		return nil, err
	}
	a.tell(ctx, key, why)
	r := decodeRecord(held)
	if r != nil {
		a.revoke(ctx, r)
	}
	return r, nil
}

// finishOwn ends the session whose token the browser holds. It ends one that
// does not open here too: a replica that has its secret would let it live on,
// and nobody but the session's own browser can name it. Whoever has pressed a
// button and closed the page gets what they wanted.
func (a *Auth) finishOwn(ctx context.Context, v *visit, why Event) error {
	if v.token == "" {
		return nil
	}
	_, err := a.finish(context.WithoutCancel(ctx), a.vault.sessionKey(v.token), why)
	return err
}

// finishAll ends the sessions under an index key, except those that keep wants
// and those that do not open: they may belong to another deployment, or be
// sealed with a secret that only other replicas have.
func (a *Auth) finishAll(ctx context.Context, index store.Key, keep func(*front) bool) error {
	found, err := a.vault.list(ctx, forSession, index)
	if err != nil {
		return err
	}
	unopened := 0
	for _, session := range found {
		f, _ := decodeFront(session.front)
		if f == nil {
			unopened++
		}
		if f == nil || keep(f) {
			continue
		}
		if _, err := a.finish(ctx, session.key, Ended); err != nil {
			return err
		}
	}
	if unopened > 0 {
		a.log.Warn("sessions live on, because they were sealed with a secret that is not set here: set it as AUTH_SECRET_1", "sessions", unopened)
	}
	return nil
}

func none(*front) bool { return false }

// maxSessions is how many sessions one person may have at one provider: more
// than anybody has browsers, and few enough to list.
const maxSessions = 100

// finishSurplus ends the sessions of a person who has too many: those that were
// idle for longest. What does not open is another replica's to judge.
func (a *Auth) finishSurplus(ctx context.Context, r *record) error {
	found, err := a.vault.list(ctx, forSession, a.vault.subjectIndex(forSession, r.Provider, r.Subject))
	found = slices.DeleteFunc(found, func(session entry) bool { return session.front == nil })
	if err != nil || len(found) <= maxSessions {
		return err
	}
	slices.SortFunc(found, func(x, y entry) int { return y.seen().Compare(x.seen()) })
	for _, session := range found[maxSessions:] {
		if _, err := a.finish(ctx, session.key, Ended); err != nil {
			return err
		}
	}
	return nil
}

// seen is the last activity in a session that list found.
func (e entry) seen() time.Time {
	f, _ := decodeFront(e.front)
	if f == nil {
		return time.Time{}
	}
	return f.Seen
}
