package handlers

import (
	"testing"
	"testing/synctest"
	"time"

	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

// The clock is synctest's, so the machine's load makes no difference.
func TestReadinessFollowsTheStoreWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &storetest.Faulty{Store: store.NewMemory()}
		defer s.Close()
		r := &readiness{store: s}
		if !r.check(t.Context()) {
			t.Error("the store answers: got not ready, want ready")
		}
		for range 2 {
			s.Set(storetest.Hangs())
			time.Sleep(time.Second)
			if r.check(t.Context()) {
				t.Error("a second after the store stopped answering: got ready, want not ready")
			}
			s.Set(nil)
			time.Sleep(time.Second)
			if !r.check(t.Context()) {
				t.Error("a second after the store answers again: got not ready, want ready")
			}
		}
	})
}
