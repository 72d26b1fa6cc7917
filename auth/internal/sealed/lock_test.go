package sealed

import (
	"testing"

	"latchkey/auth/store"
)

func TestLockHasOneHolder(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		one, other := replicas(s)
		key := one.Key(forRefresh, "a session")
		release := wantLock(t, one, key, true)
		wantLock(t, other, key, false)
		release()
		wantLock(t, other, key, true)()
		wantLock(t, one, key, true)()
	})
}

// A holder that was suspended for longer than its lease has lost the lock, and
// does not release the next holder's.
func TestLockOfNextHolderIsNotReleased(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		former, next := replicas(s)
		key := next.Key(forRefresh, "a session")
		releaseFormer := wantLock(t, former, key, true)
		if _, err := s.Delete(t.Context(), key); err != nil { // as if the lease had run out
			t.Fatal(err)
		}
		release := wantLock(t, next, key, true)
		releaseFormer()
		wantLock(t, former, key, false)
		release()
		wantLock(t, former, key, true)()
	})
}

func replicas(s store.Store) (one, other *Store) {
	clock := newClock()
	return newTestStore(s, clock), newTestStore(s, clock)
}

// wantLock tries to take a lock, and returns the function that releases it.
func wantLock(tb testing.TB, v *Store, key store.Key, want bool) (release func()) {
	tb.Helper()
	l, err := v.Lock(tb.Context(), forRefresh, key)
	if err != nil || (l != nil) != want {
		tb.Fatalf("the lock: got taken %t and error %v, want taken %t", l != nil, err, want)
	}
	if l == nil {
		return nil
	}
	return func() { l.Release() }
}
