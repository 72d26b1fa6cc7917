package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"latchkey/auth/store"
)

const (
	// pollEvery is how often watched sessions are looked up, should a message of
	// their end have been lost.
	pollEvery = 30 * time.Second
	// tellLimit is how long telling the other replicas may take.
	tellLimit = 2 * time.Second
)

// Watch returns a channel that gives one event when the session of a request
// ends or is replaced, wherever that happens, and is closed when ctx is done.
// It is nil for someone who is not signed in.
func (a *Auth) Watch(ctx context.Context) (<-chan Event, error) {
	v := visitOf(ctx)
	if v.live == nil {
		return nil, v.err
	}
	w := &watcher{key: v.live.key(), events: make(chan Event, 1)}
	a.watchers.add(w)
	out := make(chan Event, 1)
	a.running.Go(func() {
		defer close(out)
		defer a.watchers.remove(w)
		if event, ok := a.await(ctx, w, v.live.ends); ok {
			out <- event
		}
	})
	return out, nil
}

// await waits for a watcher's event. It looks the session up at the beginning,
// since it may have ended before it was watched, whenever it should have
// expired, and every now and then.
func (a *Auth) await(ctx context.Context, w *watcher, ends time.Time) (Event, bool) {
	wait := time.Duration(0)
	for {
		timer := time.NewTimer(wait)
		select {
		case event := <-w.events:
			timer.Stop()
			return event, true
		case <-ctx.Done():
			timer.Stop()
			return "", false
		case <-timer.C:
		}
		plain, _, err := a.vault.find(ctx, forSession, w.key)
		if err == nil && plain == nil {
			return Ended, true
		}
		if r := decodeRecord(plain); r != nil {
			ends = a.end(r.Seen, r.Until)
		}
		wait = max(min(ends.Sub(a.now()), pollEvery), 100*time.Millisecond)
	}
}

// watchers are the watched sessions of this process.
type watchers struct {
	mu  sync.Mutex
	all map[store.Key]map[*watcher]bool
}

type watcher struct {
	key    store.Key
	events chan Event
}

func (ws *watchers) add(w *watcher) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.all == nil {
		ws.all = map[store.Key]map[*watcher]bool{}
	}
	if ws.all[w.key] == nil {
		ws.all[w.key] = map[*watcher]bool{}
	}
	ws.all[w.key][w] = true
}

func (ws *watchers) remove(w *watcher) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.all[w.key], w)
	if len(ws.all[w.key]) == 0 {
		delete(ws.all, w.key)
	}
}

// notify hands an event to all who watch a session; the first event counts.
func (ws *watchers) notify(key store.Key, event Event) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for w := range ws.all[key] {
		select {
		case w.events <- event:
		default:
		}
	}
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

// listen hands on what the replicas publish, until ctx is done.
func (a *Auth) listen(ctx context.Context) {
	err := a.vault.store.Subscribe(ctx, nil, func(message string) {
		event, name, _ := strings.Cut(message, " ")
		if key, ok := keyNamed(name); ok {
			a.watchers.notify(key, Event(event))
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		a.log.Warn("what other replicas end is now noticed only by looking", "error", err)
	}
}
