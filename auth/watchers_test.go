package auth

import (
	"context"
	"strconv"
	"testing"
	"time"

	"latchkey/auth/store"
)

// The number of tabs that watch one session is limited: the oldest is disconnected.
func TestWatchLimitsStreamsPerSession(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	ctx, leave := context.WithCancel(newTestRequest(t, a, beginSession(t, a, adaRecord())))
	var tabs []<-chan SessionChange
	for range maxTabs + 1 {
		events, err := a.Watch(ctx)
		if err != nil {
			t.Fatal(err)
		}
		tabs = append(tabs, events)
	}
	select {
	case event, open := <-tabs[0]:
		if open {
			t.Errorf("the oldest of too many tabs: got event %q, want its channel closed", event)
		}
	default:
		t.Error("the oldest of too many tabs still watches, want its channel closed")
	}
	a.watchers.notify(requestFrom(ctx).active.key, Ended)
	for i, events := range tabs[1:] {
		if got := <-events; got != Ended {
			t.Errorf("tab %d: got event %q, want %q", i+2, got, Ended)
		}
	}
	leave()
	for i, events := range tabs {
		if _, open := <-events; open {
			t.Errorf("tab %d: got an event after leaving, want its channel closed", i+1)
		}
	}
}

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
			var ws watchers
			var tabs []*watcher // oldest first
			for i := range c.sessions * c.each {
				session := i % c.sessions
				w := &watcher{key: store.Key{byte(session), byte(session >> 8)}, person: strconv.Itoa(session % c.people), changes: make(chan SessionChange, 1)}
				tabs = append(tabs, w)
				ws.add(w, time.Now())
			}
			for i, w := range tabs {
				open := true
				select {
				case _, open = <-w.changes:
				default:
				}
				if want := i >= len(tabs)-c.watching; open != want {
					t.Fatalf("tab %d of %d: got watching %v, want the newest %d to watch", i+1, len(tabs), open, c.watching)
				}
			}
			for _, w := range tabs {
				ws.remove(w)
			}
			if len(ws.sessions)+len(ws.people)+ws.all.Len() != 0 {
				t.Errorf("without tabs: got %d sessions, %d people and %d tabs kept", len(ws.sessions), len(ws.people), ws.all.Len())
			}
		})
	}
}
