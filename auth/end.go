package auth

import (
	"context"

	"latchkey/auth/internal/record"
	"latchkey/auth/store"
)

// SessionChange is what Watch reports about a session.
type SessionChange string

// The changes of a session.
const (
	Ended    SessionChange = "ended"    // signed out, here or elsewhere, or expired
	Replaced SessionChange = "replaced" // the same browser has signed in again
)

// end ends a session for good, reports it to all who watch it, and revokes its
// refresh token. Only one of concurrent callers gets the record, which is nil if it
// does not open.
func (a *Auth) end(ctx context.Context, key store.Key, by Reason) (*record.Record, error) {
	r, err := a.endUnrevoked(ctx, key, by)
	if r != nil {
		a.revoke(ctx, r)
	}
	return r, err
}

func (a *Auth) endUnrevoked(ctx context.Context, key store.Key, by Reason) (*record.Record, error) {
	held, deleted, err := a.store.Delete(ctx, forSession, key)
	if err != nil || !deleted {
		return nil, err
	}
	change := Ended
	if by == ByReplacement {
		change = Replaced
	}
	a.publish(ctx, key, change)
	a.emit(ctx, sessionEvent(record.DecodeSummary(held.Summary), EventSessionEnded, by))
	return record.Decode(held), nil
}

// endCurrent ends the session whose token the browser holds, even if the record does not
// open here: a replica with its secret would keep the session alive, and only this browser
// has the token. It continues if the person closes the page.
func (a *Auth) endCurrent(ctx context.Context, req *request, by Reason) error {
	if req.token == "" {
		return nil
	}
	_, err := a.end(context.WithoutCancel(ctx), a.store.sessionKey(req.token), by)
	return err
}

// endAll ends the sessions under an index key, even if ctx is canceled, and returns how many.
// It leaves those that keep selects (nil selects none), and those that do not open: they may
// belong to another deployment, or be sealed with a secret that only other replicas have.
func (a *Auth) endAll(ctx context.Context, index store.Key, by Reason, keep func(*record.Summary) bool) (int, error) {
	ctx = context.WithoutCancel(ctx)
	found, err := a.store.List(ctx, forSession, index)
	if err != nil {
		return 0, err
	}
	var ended []*record.Record
	defer func() { // later, so that no revocation reads sessions that are about to end
		for _, r := range ended {
			a.revoke(ctx, r)
		}
	}()
	unopened := 0
	for _, session := range found {
		f := record.DecodeSummary(session.Summary)
		if f == nil {
			unopened++
		}
		if f == nil || keep != nil && keep(f) {
			continue
		}
		r, err := a.endUnrevoked(ctx, session.Key, by)
		if err != nil {
			return len(ended), err
		}
		if r != nil {
			ended = append(ended, r)
		}
	}
	if unopened > 0 {
		a.log.Warn("sessions not ended: they were sealed with a secret that is not set here; set it as AUTH_SECRET_1", "sessions", unopened)
	}
	return len(ended), nil
}

// maxSessions, of one person at one provider, is more than anyone has browsers, and few
// enough to list.
const maxSessions = 100

// evictOldest ends the sessions that were idle for longest if a person has too many.
func (a *Auth) evictOldest(ctx context.Context, r *record.Record) error {
	all, err := a.SessionsOf(ctx, r.Provider, r.Subject)
	if err != nil {
		return err
	}
	for _, session := range all[min(maxSessions, len(all)):] {
		if _, err := a.end(ctx, session.key, ByEviction); err != nil {
			return err
		}
	}
	return nil
}
