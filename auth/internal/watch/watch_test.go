package watch

import (
	"strconv"
	"testing"
	"time"

	"latchkey/auth/store"
)

// Streams are limited per user, over all of their sessions, and per process.
func TestWatchLimitsStreamsPerUserAndProcess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sessions, people, each int // tabs of each session
		watching               int
	}{
		"one person, one session":        {1, 1, maxTabs + 5, maxTabs},
		"one person, many sessions":      {20, 1, 20, maxTabs},
		"two people":                     {4, 2, maxTabs, 2 * maxTabs},
		"a crowd as large as there fits": {100, 100, maxTabs, maxStreams},
		"one person more":                {101, 101, maxTabs, maxStreams},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r Registry[string]
			var tabs []*Tab[string] // oldest first
			for i := range c.sessions * c.each {
				session := i % c.sessions
				tabs = append(tabs, r.Add(store.Key{byte(session), byte(session >> 8)}, strconv.Itoa(session%c.people), time.Now()))
			}
			for i, tab := range tabs {
				open := true
				select {
				case _, open = <-tab.Changes:
				default:
				}
				if want := i >= len(tabs)-c.watching; open != want {
					t.Fatalf("tab %d of %d: got watching %v, want the newest %d to watch", i+1, len(tabs), open, c.watching)
				}
			}
			for _, tab := range tabs {
				r.Remove(tab)
			}
			if len(r.sessions)+len(r.people)+r.all.Len() != 0 {
				t.Errorf("without tabs: got %d sessions, %d people and %d tabs kept", len(r.sessions), len(r.people), r.all.Len())
			}
		})
	}
}

// A tab receives one change, whatever follows.
func TestWatchSendsOneChange(t *testing.T) {
	t.Parallel()
	var r Registry[string]
	tab := r.Add(store.Key{1}, "ada", time.Now())
	r.Notify(store.Key{1}, "ended")
	if got := <-tab.Changes; got != "ended" {
		t.Errorf("got change %q, want ended", got)
	}
	r.Notify(store.Key{1}, "ended") // the store's message about the same change
	select {
	case again, open := <-tab.Changes:
		if open {
			t.Errorf("got a second change %q, want none", again)
		}
	default:
	}
}
