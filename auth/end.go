package auth

import (
	"context"
	"slices"
	"time"

	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

// Event is what Watch tells of a session.
type Event string

// What can become of a session.
const (
	Ended    Event = "ended"    // signed out, here or elsewhere, or expired
	Replaced Event = "replaced" // the same browser has signed in anew
)

// end ends a session for good, wherever that is asked for, tells everyone
// who watches it, and has its refresh token revoked. Of many callers, one gets
// the record, if it opens.
func (a *Auth) end(ctx context.Context, key store.Key, why Event) (*record, error) {
	held, deleted, err := a.store.Delete(ctx, forSession, key)
	if err != nil || !deleted {
		return nil, err
	}
	a.publish(ctx, key, why)
	r := decodeRecord(held)
	if r != nil {
		a.revoke(ctx, r)
	}
	return r, nil
}

// endCurrent ends the session whose token the browser holds. It ends one that
// does not open here too: a replica that has its secret would let it live on,
// and nobody but the session's own browser can name it. Whoever has pressed a
// button and closed the page gets what they wanted.
func (a *Auth) endCurrent(ctx context.Context, req *request, why Event) error {
	if req.token == "" {
		return nil
	}
	_, err := a.end(context.WithoutCancel(ctx), a.store.sessionKey(req.token), why)
	return err
}

// endAll ends the sessions under an index key, except those that keep wants
// and those that do not open: they may belong to another deployment, or be
// sealed with a secret that only other replicas have.
func (a *Auth) endAll(ctx context.Context, index store.Key, keep func(*summary) bool) error {
	found, err := a.store.List(ctx, forSession, index)
	if err != nil {
		return err
	}
	unopened := 0
	for _, session := range found {
		f := decodeSummary(session.Summary)
		if f == nil {
			unopened++
		}
		if f == nil || keep(f) {
			continue
		}
		if _, err := a.end(ctx, session.Key, Ended); err != nil {
			return err
		}
	}
	if unopened > 0 {
		a.log.Warn("sessions live on, because they were sealed with a secret that is not set here: set it as AUTH_SECRET_1", "sessions", unopened)
	}
	return nil
}

func keepNone(*summary) bool { return false }

// maxSessions is how many sessions one person may have at one provider: more
// than anybody has browsers, and few enough to list.
const maxSessions = 100

// evictOldest ends the sessions of a person who has too many: those that were
// idle for longest. What does not open is another replica's to judge.
func (a *Auth) evictOldest(ctx context.Context, r *record) error {
	found, err := a.store.List(ctx, forSession, a.store.subjectIndex(forSession, r.Provider, r.Subject))
	found = slices.DeleteFunc(found, func(session sealed.Entry) bool { return session.Summary == nil })
	if err != nil || len(found) <= maxSessions {
		return err
	}
	slices.SortFunc(found, func(x, y sealed.Entry) int { return lastSeen(y).Compare(lastSeen(x)) })
	for _, session := range found[maxSessions:] {
		if _, err := a.end(ctx, session.Key, Ended); err != nil {
			return err
		}
	}
	return nil
}

// lastSeen is the last activity in a session that list found.
func lastSeen(session sealed.Entry) time.Time {
	f := decodeSummary(session.Summary)
	if f == nil {
		return time.Time{}
	}
	return f.LastSeen
}
