package handlers

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// hangingPinger is a store that answers at once, or not at all.
type hangingPinger struct{ down atomic.Bool }

func (p *hangingPinger) Ping(ctx context.Context) error {
	if p.down.Load() {
		<-ctx.Done()
	}
	return ctx.Err()
}

// The clock is synctest's, so the machine's load makes no difference.
func TestReadinessFollowsTheStoreWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, stopping := new(hangingPinger), make(chan struct{})
		r := &readiness{store: store, stopping: stopping}
		if !r.check(t.Context()) {
			t.Error("the store answers: got not ready, want ready")
		}
		for range 2 {
			store.down.Store(true)
			time.Sleep(time.Second)
			if r.check(t.Context()) {
				t.Error("a second after the store stopped answering: got ready, want not ready")
			}
			store.down.Store(false)
			time.Sleep(time.Second)
			if !r.check(t.Context()) {
				t.Error("a second after the store answers again: got not ready, want ready")
			}
		}
		close(stopping)
	})
}
