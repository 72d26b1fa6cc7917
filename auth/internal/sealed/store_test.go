package sealed

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth/store"
)

func TestSealedStoreHidesKeysAndValues(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	clock := newClock()
	v := newTestStore(s, clock)
	key := v.Key(forSession, "token")
	if _, err := v.Create(t.Context(), forSession, key, Parts{Details: []byte("a refresh token")}, clock.time().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	raw, err := s.Find(t.Context(), key)
	if err != nil || raw == nil || strings.Contains(string(raw), "refresh") {
		t.Errorf("the store holds %q (error %v), want a sealed record", raw, err)
	}
}

func TestSealedStoreUsesOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		clock := newClock()
		var won atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			replica := newTestStore(s, clock)
			all.Go(func() {
				first, err := replica.UseOnce(t.Context(), forSignIn, clock.time().Add(time.Hour), "state")
				if err != nil {
					t.Error(err)
				}
				if first {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("got %d winners, want 1", won.Load())
		}
	})
}
