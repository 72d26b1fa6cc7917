package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/auth/store"
)

const (
	// patrolEvery is how often it is asked which watched sessions are due.
	patrolEvery = 250 * time.Millisecond
	// lookers is how many sessions are looked up at a time, at most.
	lookers = 8
	// tellLimit is how long telling the other replicas may take.
	tellLimit = 2 * time.Second
)

// Watch returns a channel that gives one event when the session of a request
// ends or is replaced, wherever that happens, and is closed when ctx is done, or
// when too many others have begun to watch since. It is nil for someone who is not
// signed in.
func (a *Auth) Watch(ctx context.Context) (<-chan Event, error) {
	v := visitOf(ctx)
	if v.live == nil {
		return nil, v.err
	}
	w := &watcher{key: v.live.key(), person: string(v.live.owner()), events: make(chan Event, 1)}
	a.watchers.add(w, a.now())
	context.AfterFunc(ctx, func() { a.watchers.remove(w) })
	return w.events, nil
}

// patrol looks up the watched sessions that are due, for all tabs of this
// process, until ctx is done.
func (a *Auth) patrol(ctx context.Context) {
	tick := time.NewTicker(patrolEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		looks, ctx := errgroup.WithContext(ctx) // a store that does not answer one does not answer the others
		looks.SetLimit(lookers)
		for _, key := range a.watchers.due(a.now()) {
			looks.Go(func() error { return a.look(ctx, key) })
		}
		looks.Wait()
	}
}

// look tells a session's tabs if it has ended, and sees to it that they are
// told when it expires. Where the store gives no answer, it is asked again. One
// that does not open here lives on: another replica has sealed it anew.
func (a *Auth) look(ctx context.Context, key store.Key) error {
	front, sealed, err := a.vault.find(ctx, forSession, key)
	if err != nil {
		a.watchers.lookBy(key, a.now())
		return err
	}
	if f, _ := decodeFront(front); f != nil {
		a.watchers.lookBy(key, a.end(f.Seen, f.Until))
	} else if sealed == nil {
		a.watchers.notify(key, Ended)
	}
	return nil
}

// tell publishes what has become of a session to every replica, this one
// included.
func (a *Auth) tell(ctx context.Context, key store.Key, event Event) {
	a.watchers.notify(key, event)
	a.behind(ctx, tellLimit, func(ctx context.Context) {
		if err := a.vault.store.Publish(ctx, string(event)+" "+keyName(key)); err != nil {
			a.log.Debug("the other replicas were not told; they will find out", "error", err)
		}
	})
}

// listen hands on what the replicas publish, until ctx is done. What they
// published while nobody listened is found by looking. Others may publish to
// the same store, so only the events that we know are handed on.
func (a *Auth) listen(ctx context.Context) {
	connected := func() { a.watchers.lookAtAllBy(a.now()) }
	err := a.vault.store.Subscribe(ctx, connected, func(message string) {
		event, name, _ := strings.Cut(message, " ")
		key, ok := keyNamed(name)
		if ok && (Event(event) == Ended || Event(event) == Replaced) {
			a.watchers.notify(key, Event(event))
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		a.log.Warn("what other replicas end is now noticed only by looking", "error", err)
	}
}
