package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

const (
	// pollInterval is how often poll looks for watched sessions that are due for a check.
	pollInterval = 250 * time.Millisecond
	// maxChecks limits concurrent lookups.
	maxChecks = 8
	// publishLimit limits the time to publish a change to the other replicas.
	publishLimit = 2 * time.Second
)

// Watch returns a channel that receives one change when the session of a request
// ends or is replaced, on any replica, and is then closed. It is also closed when ctx
// is done, or when newer watchers exceed the limit. It is nil if nobody is signed in.
func (a *Auth) Watch(ctx context.Context) (<-chan SessionChange, error) {
	req := requestFrom(ctx)
	if req.active == nil {
		return nil, req.err
	}
	tab := a.watchers.Add(req.active.key, req.active.Person(), a.now())
	a.watchers.Note(req.active.key, expiring{sessionEvent(req.active.Summary, EventSessionEnded, ByExpiry), req.active.expiresAt})
	context.AfterFunc(ctx, func() { a.watchers.Remove(tab) })
	return tab.Changes, nil
}

// Watching returns how many tabs of this process watch a session.
func (a *Auth) Watching() int { return a.watchers.Len() }

// poll checks the watched sessions that are due, for all tabs of this process,
// until ctx is done.
func (a *Auth) poll(ctx context.Context) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		checks, ctx := errgroup.WithContext(ctx) // the first store failure cancels the other checks
		checks.SetLimit(maxChecks)
		for _, key := range a.watchers.Due(a.now()) {
			checks.Go(func() error { return a.check(ctx, key) })
		}
		checks.Wait()
	}
}

// check notifies the tabs of a session that has ended, and schedules the check
// at its expiry. If the store does not answer, the session is checked again. A
// record that does not open here may have been sealed again by another replica,
// so the session counts as active.
func (a *Auth) check(ctx context.Context, key store.Key) error {
	front, sealed, err := a.store.Find(ctx, forSession, key)
	if err != nil {
		a.watchers.CheckBy(key, a.now())
		return err
	}
	if f := record.DecodeSummary(front); f != nil {
		expiresAt := a.expiry(f.LastSeen, f.Deadline)
		a.watchers.Note(key, expiring{sessionEvent(f, EventSessionEnded, ByExpiry), expiresAt})
		a.watchers.CheckBy(key, expiresAt)
	} else if sealed == nil {
		a.emitExpiry(ctx, key)
		a.watchers.Notify(key, Ended)
	}
	return nil
}

// expiring is the note about a watched session: the event of its expiry, and the time of
// that if nothing extends the session.
type expiring struct {
	event Event
	at    time.Time
}

// emitExpiry reports that a watched session, which is no longer stored, has expired. It is
// reported once, whatever the number of replicas and tabs.
func (a *Auth) emitExpiry(ctx context.Context, key store.Key) {
	noted, ok := a.watchers.Noted(key).(expiring)
	if !ok || a.now().Before(noted.at) {
		return // it was ended, and not by expiry
	}
	if first, _ := a.store.UseOnce(ctx, forExpiry, a.now().Add(time.Hour), sealed.KeyName(key)); first {
		a.emit(ctx, noted.event)
	}
}

// publish reports a change of a session to every replica, including this one.
func (a *Auth) publish(ctx context.Context, key store.Key, change SessionChange) {
	a.watchers.Notify(key, change)
	a.background(ctx, publishLimit, func(ctx context.Context) {
		if err := a.engine.Publish(ctx, string(change)+" "+sealed.KeyName(key)); err != nil {
			a.log.Debug("publishing a session change failed; the other replicas poll", "error", err)
		}
	})
}

// listen notifies the tabs of changes that replicas publish, until ctx is done.
// Changes that were published without a connection are found by checking all
// sessions. Other programs may publish to the same store, so unknown messages
// are ignored.
func (a *Auth) listen(ctx context.Context) {
	connected := func() { a.watchers.CheckAllBy(a.now()) }
	err := a.engine.Subscribe(ctx, connected, func(message string) {
		change, name, _ := strings.Cut(message, " ")
		key, ok := sealed.ParseKey(name)
		if ok && (SessionChange(change) == Ended || SessionChange(change) == Replaced) {
			a.watchers.Notify(key, SessionChange(change))
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		a.log.Warn("store subscription failed, polling", "error", err)
	}
}
