package auth

import (
	"testing"

	"latchkey/auth/store"
)

func TestLockHasOneHolder(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		one, other := replicas(s)
		key := one.keyOf(forRefresh, "a session")
		release := wantLock(t, one, key, true)
		wantLock(t, other, key, false)
		release()
		wantLock(t, other, key, true)()
		wantLock(t, one, key, true)()
	})
}

// A holder that sleeps for longer than its lease has lost the lock to another,
// and does not let a third one in when it wakes.
func TestLockOfNextHolderIsNotReleased(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		sleeper, next := replicas(s)
		key := next.keyOf(forRefresh, "a session")
		wake := wantLock(t, sleeper, key, true)
		if _, err := s.Delete(t.Context(), key); err != nil { // as if its lease had run out
			t.Fatal(err)
		}
		release := wantLock(t, next, key, true)
		wake()
		wantLock(t, sleeper, key, false)
		release()
		wantLock(t, sleeper, key, true)()
	})
}

func replicas(s store.Store) (one, other *sealedStore) {
	clock := newClock()
	return newTestVault(s, clock), newTestVault(s, clock)
}

// wantLock tries to take a lock, and returns what releases it.
func wantLock(tb testing.TB, v *sealedStore, key store.Key, want bool) (release func()) {
	tb.Helper()
	l, err := v.lock(tb.Context(), forRefresh, key)
	if err != nil || (l != nil) != want {
		tb.Fatalf("the lock: got taken %t and error %v, want taken %t", l != nil, err, want)
	}
	if l == nil {
		return nil
	}
	return func() { l.release(tb.Context()) }
}
