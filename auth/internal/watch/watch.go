// Package watch keeps track of the browser tabs that watch sessions: whom to notify of a
// change, and which sessions to check when.
package watch

import (
	"container/list"
	"math/rand/v2"
	"sync"
	"time"

	"latchkey/auth/store"
)

// MaxCheckInterval is the longest time between two checks of a watched session,
// in case a message was lost.
const MaxCheckInterval = 30 * time.Second

// maxTabs limits the tabs of one person that watch, and maxStreams those of all
// people: each takes 40 to 50 KB of memory. A tab beyond the limit replaces the
// oldest.
const (
	maxTabs    = 100
	maxStreams = 10_000
)

// Registry holds the tabs of this process that watch a session. A tab costs no
// goroutine, and many tabs of one session cost as many lookups as one. The zero Registry
// is ready to use.
type Registry[Change any] struct {
	mu       sync.Mutex
	sessions map[store.Key]*session[Change]
	people   map[string]*list.List // of tabs, oldest first
	all      list.List             // of tabs, oldest first
}

type session[Change any] struct {
	nextCheck time.Time
	note      any
	tabs      map[*Tab[Change]]struct{}
}

// Tab is a tab that watches a session.
type Tab[Change any] struct {
	// Changes receives the first change of the session. It is closed after that, when
	// the tab is removed, or when newer tabs exceed a limit.
	Changes <-chan Change

	changes               chan Change
	key                   store.Key
	person                string
	amongAll, amongTheirs *list.Element // nil after removal
}

// Add adds a tab of a person that watches a session. The session is due for a check,
// because it may have ended just before.
func (r *Registry[Change]) Add(key store.Key, person string, now time.Time) *Tab[Change] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sessions == nil {
		r.sessions, r.people = map[store.Key]*session[Change]{}, map[string]*list.List{}
	}
	if r.sessions[key] == nil {
		r.sessions[key] = &session[Change]{tabs: map[*Tab[Change]]struct{}{}}
	}
	if r.people[person] == nil {
		r.people[person] = list.New()
	}
	changes := make(chan Change, 1)
	tab := &Tab[Change]{Changes: changes, changes: changes, key: key, person: person}
	session, theirs := r.sessions[key], r.people[person]
	session.nextCheck, session.tabs[tab] = now, struct{}{}
	tab.amongAll, tab.amongTheirs = r.all.PushBack(tab), theirs.PushBack(tab)
	if theirs.Len() > maxTabs {
		r.drop(theirs.Front().Value.(*Tab[Change]))
	}
	if r.all.Len() > maxStreams {
		r.drop(r.all.Front().Value.(*Tab[Change]))
	}
	return tab
}

// Len returns how many tabs there are.
func (r *Registry[Change]) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all.Len()
}

// Remove removes a tab, unless newer tabs have replaced it.
func (r *Registry[Change]) Remove(tab *Tab[Change]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if tab.amongAll != nil {
		r.drop(tab)
	}
}

func (r *Registry[Change]) drop(tab *Tab[Change]) {
	close(tab.changes)
	r.all.Remove(tab.amongAll)
	r.people[tab.person].Remove(tab.amongTheirs)
	tab.amongAll, tab.amongTheirs = nil, nil
	if r.people[tab.person].Len() == 0 {
		delete(r.people, tab.person)
	}
	session := r.sessions[tab.key]
	if delete(session.tabs, tab); len(session.tabs) == 0 {
		delete(r.sessions, tab.key)
	}
}

// Due returns the sessions to check now. Their next checks are spread over
// time.
func (r *Registry[Change]) Due(now time.Time) []store.Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	var keys []store.Key
	for key, session := range r.sessions {
		if !now.Before(session.nextCheck) {
			session.nextCheck = now.Add(MaxCheckInterval/2 + rand.N(MaxCheckInterval/2))
			keys = append(keys, key)
		}
	}
	return keys
}

// Note keeps a note about a session while a tab watches it.
func (r *Registry[Change]) Note(key store.Key, note any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if session := r.sessions[key]; session != nil {
		session.note = note
	}
}

// Noted returns the last note about a session, or nil if no tab watches it.
func (r *Registry[Change]) Noted(key store.Key) any {
	r.mu.Lock()
	defer r.mu.Unlock()
	if session := r.sessions[key]; session != nil {
		return session.note
	}
	return nil
}

// CheckBy schedules a check of a session no later than at.
func (r *Registry[Change]) CheckBy(key store.Key, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if session := r.sessions[key]; session != nil {
		session.checkBy(at)
	}
}

// CheckAllBy schedules a check of every session no later than at.
func (r *Registry[Change]) CheckAllBy(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, session := range r.sessions {
		session.checkBy(at)
	}
}

func (s *session[Change]) checkBy(at time.Time) {
	if at.Before(s.nextCheck) {
		s.nextCheck = at
	}
}

// Notify sends a change to all tabs of a session, and removes them.
func (r *Registry[Change]) Notify(key store.Key, change Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if session := r.sessions[key]; session != nil {
		for tab := range session.tabs {
			tab.changes <- change // it has space for one
			r.drop(tab)
		}
	}
}
