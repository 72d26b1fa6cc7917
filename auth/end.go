package auth

import (
	"context"
	"slices"
	"time"

	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

// SessionChange is what Watch reports about a session.
type SessionChange string

// The changes of a session.
const (
	Ended    SessionChange = "ended"    // signed out, here or elsewhere, or expired
	Replaced SessionChange = "replaced" // the same browser has signed in again
)

// change returns what the tabs of a session that ended receive.
func (by Reason) change() SessionChange {
	if by == ByReplacement {
		return Replaced
	}
	return Ended
}

// end ends a session for good, reports it to all who watch it, and revokes its
// refresh token. Of concurrent callers, one gets the record, which is nil if it
// does not open.
func (a *Auth) end(ctx context.Context, key store.Key, by Reason) (*record.Record, error) {
	held, deleted, err := a.store.Delete(ctx, forSession, key)
	if err != nil || !deleted {
		return nil, err
	}
	a.publish(ctx, key, by.change())
	a.emit(ctx, sessionEvent(record.DecodeSummary(held.Summary), EventSessionEnded, by))
	r := record.Decode(held)
	if r != nil {
		a.revoke(ctx, r)
	}
	return r, nil
}

// endCurrent ends the session whose token the browser holds. It does so even if
// the record does not open here: a replica with its secret would keep the
// session alive, and only this browser can name it. It continues if the person
// closes the page.
func (a *Auth) endCurrent(ctx context.Context, req *request, by Reason) error {
	if req.token == "" {
		return nil
	}
	_, err := a.end(context.WithoutCancel(ctx), a.store.sessionKey(req.token), by)
	return err
}

// endAll ends the sessions under an index key, and returns how many. It leaves
// those that keep selects, and those that do not open: they may belong to another
// deployment, or be sealed with a secret that only other replicas have.
func (a *Auth) endAll(ctx context.Context, index store.Key, by Reason, keep func(*record.Summary) bool) (ended int, err error) {
	found, err := a.store.List(ctx, forSession, index)
	if err != nil {
		return 0, err
	}
	unopened := 0
	for _, session := range found {
		f := record.DecodeSummary(session.Summary)
		if f == nil {
			unopened++
		}
		if f == nil || keep(f) {
			continue
		}
		r, err := a.end(ctx, session.Key, by)
		if err != nil {
			return ended, err
		}
		if r != nil {
			ended++
		}
	}
	if unopened > 0 {
		a.log.Warn("sessions not ended: they were sealed with a secret that is not set here; set it as AUTH_SECRET_1", "sessions", unopened)
	}
	return ended, nil
}

func keepNone(*record.Summary) bool { return false }

// maxSessions limits the sessions of one person at one provider: more than
// anyone has browsers, and few enough to list.
const maxSessions = 100

// evictOldest ends the sessions that were idle for longest if a person has too
// many. It leaves those that do not open to the replicas that can open them.
func (a *Auth) evictOldest(ctx context.Context, r *record.Record) error {
	found, err := a.store.List(ctx, forSession, a.store.subjectIndex(forSession, r.Provider, r.Subject))
	found = slices.DeleteFunc(found, func(session sealed.Entry) bool { return session.Summary == nil })
	if err != nil || len(found) <= maxSessions {
		return err
	}
	slices.SortFunc(found, func(x, y sealed.Entry) int { return lastSeen(y).Compare(lastSeen(x)) })
	for _, session := range found[maxSessions:] {
		if _, err := a.end(ctx, session.Key, ByEviction); err != nil {
			return err
		}
	}
	return nil
}

// lastSeen returns the last activity in a listed session.
func lastSeen(session sealed.Entry) time.Time {
	f := record.DecodeSummary(session.Summary)
	if f == nil {
		return time.Time{}
	}
	return f.LastSeen
}
