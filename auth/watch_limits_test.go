package auth

import (
	"context"
	"testing"
)

// The number of tabs that watch one session is limited: the oldest is disconnected.
func TestWatchLimitsStreamsPerSession(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	ctx, leave := context.WithCancel(newTestRequest(t, a, beginSession(t, a, adaRecord())))
	var tabs []<-chan SessionChange
	for range 101 {
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
	a.watchers.Notify(requestFrom(ctx).active.key, Ended)
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
