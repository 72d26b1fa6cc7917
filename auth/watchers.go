package auth

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"latchkey/auth/store"
)

// pollEvery is the longest time after which a watched session is looked up
// again, should the message of its end have been lost.
const pollEvery = 30 * time.Second

// maxTabs is how many tabs watch one session, at most: a browser shows but a few
// at a time, and some more may be gone without our knowing it yet.
const maxTabs = 100

// watchers are the tabs of this process that watch a session. A tab costs no
// goroutine here, and many tabs of one session cost no more look-ups than one.
type watchers struct {
	mu  sync.Mutex
	all map[store.Key]*watched
}

// watched is a session, when to look it up next, and who wants to know.
type watched struct {
	due  time.Time
	tabs []*watcher // oldest first
}

type watcher struct {
	key    store.Key
	events chan Event
}

// add has a session looked up now, since it may have ended just before. One tab
// too many takes the place of the oldest.
func (ws *watchers) add(w *watcher, now time.Time) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.all == nil {
		ws.all = map[store.Key]*watched{}
	}
	if ws.all[w.key] == nil {
		ws.all[w.key] = &watched{}
	}
	session := ws.all[w.key]
	session.due, session.tabs = now, append(session.tabs, w)
	if len(session.tabs) > maxTabs {
		session.drop(0)
	}
}

func (ws *watchers) remove(w *watcher) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	session := ws.all[w.key]
	if session == nil {
		return
	}
	if i := slices.Index(session.tabs, w); i >= 0 {
		session.drop(i)
	}
	if len(session.tabs) == 0 {
		delete(ws.all, w.key)
	}
}

func (s *watched) drop(i int) {
	close(s.tabs[i].events)
	s.tabs = slices.Delete(s.tabs, i, i+1)
}

// due returns the sessions that are to be looked up now. Their next turns are
// spread, so that they do not all come at once for ever.
func (ws *watchers) due(now time.Time) []store.Key {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	var keys []store.Key
	for key, session := range ws.all {
		if !now.Before(session.due) {
			session.due = now.Add(pollEvery/2 + rand.N(pollEvery/2))
			keys = append(keys, key)
		}
	}
	return keys
}

// lookBy has a session looked up at this time at the latest.
func (ws *watchers) lookBy(key store.Key, at time.Time) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if session := ws.all[key]; session != nil {
		session.lookBy(at)
	}
}

func (ws *watchers) lookAtAllBy(at time.Time) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, session := range ws.all {
		session.lookBy(at)
	}
}

func (s *watched) lookBy(at time.Time) {
	if at.Before(s.due) {
		s.due = at
	}
}

// notify hands an event to all who watch a session; the first event counts.
func (ws *watchers) notify(key store.Key, event Event) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	session := ws.all[key]
	if session == nil {
		return
	}
	for _, w := range session.tabs {
		select {
		case w.events <- event:
		default:
		}
	}
}
