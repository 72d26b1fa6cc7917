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

// maxCheckInterval is the longest time after which a watched session is looked up
// again, should the message of its end have been lost.
const maxCheckInterval = 30 * time.Second

// maxTabs and maxStreams are how many tabs watch at most: of one person, who
// sees but a few at a time, and of everyone, for each takes 40 to 50 KB of the
// process. One tab too many takes the place of the oldest.
const (
	maxTabs    = 100
	maxStreams = 10_000
)

// watchers are the tabs of this process that watch a session. A tab costs no
// goroutine here, and many tabs of one session cost no more look-ups than one.
type watchers struct {
	mu       sync.Mutex
	sessions map[store.Key]*watched
	people   map[string]*list.List // of *watcher, oldest first
	all      list.List             // of *watcher, oldest first
}

// watched is a session, when to look it up next, and who wants to know.
type watched struct {
	nextCheck time.Time
	tabs      map[*watcher]struct{}
}

type watcher struct {
	key    store.Key
	person string
	events chan Event

	amongAll, amongTheirs *list.Element // nil: it watches no more
}

// add has a session looked up now, since it may have ended just before.
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

// drop takes a tab out, and tells it so by closing its channel.
func (ws *watchers) drop(w *watcher) {
	close(w.events)
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

// due returns the sessions that are to be looked up now. Their next turns are
// spread, so that they do not all come at once for ever.
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

// checkBy has a session looked up at this time at the latest.
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

// notify hands an event to all who watch a session; the first event counts.
func (ws *watchers) notify(key store.Key, event Event) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	session := ws.sessions[key]
	if session == nil {
		return
	}
	for w := range session.tabs {
		select {
		case w.events <- event:
		default:
		}
	}
}
