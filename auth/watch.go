package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

const (
	// pollInterval is how often it is asked which watched sessions are due.
	pollInterval = 250 * time.Millisecond
	// maxChecks is how many sessions are looked up at a time, at most.
	maxChecks = 8
	// publishLimit is how long telling the other replicas may take.
	publishLimit = 2 * time.Second
)

// Watch returns a channel that gives one event when the session of a request
// ends or is replaced, wherever that happens, and is closed when ctx is done, or
// when too many others have begun to watch since. It is nil for someone who is not
// signed in.
func (a *Auth) Watch(ctx context.Context) (<-chan Event, error) {
	req := requestFrom(ctx)
	if req.active == nil {
		return nil, req.err
	}
	w := &watcher{key: req.active.key, person: string(req.active.person()), events: make(chan Event, 1)}
	a.watchers.add(w, a.now())
	context.AfterFunc(ctx, func() { a.watchers.remove(w) })
	return w.events, nil
}

// poll looks up the watched sessions that are due, for all tabs of this
// process, until ctx is done.
func (a *Auth) poll(ctx context.Context) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		looks, ctx := errgroup.WithContext(ctx) // a store that does not answer one does not answer the others
		looks.SetLimit(maxChecks)
		for _, key := range a.watchers.due(a.now()) {
			looks.Go(func() error { return a.check(ctx, key) })
		}
		looks.Wait()
	}
}

// check tells a session's tabs if it has ended, and sees to it that they are
// told when it expires. Where the store gives no answer, it is asked again. One
// that does not open here lives on: another replica has sealed it anew.
func (a *Auth) check(ctx context.Context, key store.Key) error {
	front, sealed, err := a.store.Find(ctx, forSession, key)
	if err != nil {
		a.watchers.checkBy(key, a.now())
		return err
	}
	if f := decodeSummary(front); f != nil {
		a.watchers.checkBy(key, a.expiry(f.LastSeen, f.Deadline))
	} else if sealed == nil {
		a.watchers.notify(key, Ended)
	}
	return nil
}

// publish publishes what has become of a session to every replica, this one
// included.
func (a *Auth) publish(ctx context.Context, key store.Key, event Event) {
	a.watchers.notify(key, event)
	a.background(ctx, publishLimit, func(ctx context.Context) {
		if err := a.engine.Publish(ctx, string(event)+" "+sealed.KeyName(key)); err != nil {
			a.log.Debug("the other replicas were not told; they will find out", "error", err)
		}
	})
}

// listen hands on what the replicas publish, until ctx is done. What they
// published while nobody listened is found by looking. Others may publish to
// the same store, so only the events that we know are handed on.
func (a *Auth) listen(ctx context.Context) {
	connected := func() { a.watchers.checkAllBy(a.now()) }
	err := a.engine.Subscribe(ctx, connected, func(message string) {
		event, name, _ := strings.Cut(message, " ")
		key, ok := sealed.ParseKey(name)
		if ok && (Event(event) == Ended || Event(event) == Replaced) {
			a.watchers.notify(key, Event(event))
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		a.log.Warn("what other replicas end is now noticed only by looking", "error", err)
	}
}
