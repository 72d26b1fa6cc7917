package auth

import (
	"container/list"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

const (
	// pollInterval is how often watched sessions are checked for being due.
	pollInterval = 250 * time.Millisecond
	// maxChecks limits concurrent lookups.
	maxChecks = 8
	// publishLimit limits the time to publish a change to the other replicas.
	publishLimit = 2 * time.Second
)

// Watch returns a channel that receives one change when the session of a request
// ends or is replaced, on any replica. The channel is closed when ctx is done,
// or when newer watchers exceed the limit. It is nil if nobody is signed in.
func (a *Auth) Watch(ctx context.Context) (<-chan SessionChange, error) {
	req := requestFrom(ctx)
	if req.active == nil {
		return nil, req.err
	}
	w := &watcher{key: req.active.key, person: req.active.Person(), changes: make(chan SessionChange, 1)}
	a.watchers.add(w, a.now())
	context.AfterFunc(ctx, func() { a.watchers.remove(w) })
	return w.changes, nil
}

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
		for _, key := range a.watchers.due(a.now()) {
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
		a.watchers.checkBy(key, a.now())
		return err
	}
	if f := record.DecodeSummary(front); f != nil {
		a.watchers.checkBy(key, a.expiry(f.LastSeen, f.Deadline))
	} else if sealed == nil {
		a.watchers.notify(key, Ended)
	}
	return nil
}

// publish reports a change of a session to every replica, including this one.
func (a *Auth) publish(ctx context.Context, key store.Key, change SessionChange) {
	a.watchers.notify(key, change)
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
	connected := func() { a.watchers.checkAllBy(a.now()) }
	err := a.engine.Subscribe(ctx, connected, func(message string) {
		change, name, _ := strings.Cut(message, " ")
		key, ok := sealed.ParseKey(name)
		if ok && (SessionChange(change) == Ended || SessionChange(change) == Replaced) {
			a.watchers.notify(key, SessionChange(change))
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		a.log.Warn("store subscription failed, polling", "error", err)
	}
}

// maxCheckInterval is the longest time between two checks of a watched session,
// in case a message was lost.
const maxCheckInterval = 30 * time.Second

// maxTabs limits the tabs of one person that watch, and maxStreams those of all
// people: each takes 40 to 50 KB of memory. A tab beyond the limit replaces the
// oldest.
const (
	maxTabs    = 100
	maxStreams = 10_000
)

// watchers are the tabs of this process that watch a session. A tab costs no
// goroutine, and many tabs of one session cost as many lookups as one.
type watchers struct {
	mu       sync.Mutex
	sessions map[store.Key]*watched
	people   map[string]*list.List // of *watcher, oldest first
	all      list.List             // of *watcher, oldest first
}

// watched is a session with the time of its next check and the tabs that watch it.
type watched struct {
	nextCheck time.Time
	tabs      map[*watcher]struct{}
}

type watcher struct {
	key     store.Key
	person  string
	changes chan SessionChange

	amongAll, amongTheirs *list.Element // nil after removal
}

// add schedules a check now, because the session may have ended just before.
func (ws *watchers) add(w *watcher, now time.Time) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.sessions == nil {
		ws.sessions, ws.people = map[store.Key]*watched{}, map[string]*list.List{}
	}
	if ws.sessions[w.key] == nil {
		ws.sessions[w.key] = &watched{tabs: map[*watcher]struct{}{}}
	}
	if ws.people[w.person] == nil {
		ws.people[w.person] = list.New()
	}
	session, theirs := ws.sessions[w.key], ws.people[w.person]
	session.nextCheck, session.tabs[w] = now, struct{}{}
	w.amongAll, w.amongTheirs = ws.all.PushBack(w), theirs.PushBack(w)
	if theirs.Len() > maxTabs {
		ws.drop(theirs.Front().Value.(*watcher))
	}
	if ws.all.Len() > maxStreams {
		ws.drop(ws.all.Front().Value.(*watcher))
	}
}

func (ws *watchers) remove(w *watcher) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if w.amongAll != nil {
		ws.drop(w)
	}
}

// drop removes a tab and closes its channel.
func (ws *watchers) drop(w *watcher) {
	close(w.changes)
	ws.all.Remove(w.amongAll)
	ws.people[w.person].Remove(w.amongTheirs)
	w.amongAll, w.amongTheirs = nil, nil
	if ws.people[w.person].Len() == 0 {
		delete(ws.people, w.person)
	}
	session := ws.sessions[w.key]
	if delete(session.tabs, w); len(session.tabs) == 0 {
		delete(ws.sessions, w.key)
	}
}

// due returns the sessions to check now. Their next checks are spread over
// time.
func (ws *watchers) due(now time.Time) []store.Key {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	var keys []store.Key
	for key, session := range ws.sessions {
		if !now.Before(session.nextCheck) {
			session.nextCheck = now.Add(maxCheckInterval/2 + rand.N(maxCheckInterval/2))
			keys = append(keys, key)
		}
	}
	return keys
}

// checkBy schedules a check of a session no later than at.
func (ws *watchers) checkBy(key store.Key, at time.Time) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if session := ws.sessions[key]; session != nil {
		session.checkBy(at)
	}
}

func (ws *watchers) checkAllBy(at time.Time) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, session := range ws.sessions {
		session.checkBy(at)
	}
}

func (s *watched) checkBy(at time.Time) {
	if at.Before(s.nextCheck) {
		s.nextCheck = at
	}
}

// notify sends a change to all tabs of a session. Only the first change is sent.
func (ws *watchers) notify(key store.Key, change SessionChange) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	session := ws.sessions[key]
	if session == nil {
		return
	}
	for w := range session.tabs {
		select {
		case w.changes <- change:
		default:
		}
	}
}
