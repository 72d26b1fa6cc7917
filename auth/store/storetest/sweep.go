package storetest

import (
	"testing"
	"time"

	"latchkey/auth/store"
)

// SweepDeletesExpired tests that a store whose sweeps are frequent deletes expired
// records, and their entries in the index. Count returns how many of both are left
// for these keys.
func SweepDeletesExpired(t *testing.T, s store.Store, count func(keys []store.Key) int) {
	t.Helper()
	keys := manyExpired(t, s, 250) // more than one batch
	Eventually(t, "only the unexpired record is left", func() bool { return count(keys) == 1 })
	WantFound(t, s, keys[0], []byte("unexpired"))
}

// manyExpired creates one record that does not expire, and then many that are
// expired.
func manyExpired(tb testing.TB, s store.Store, expired int) []store.Key {
	tb.Helper()
	unexpired := AnyRecord()
	unexpired.Data = []byte("unexpired")
	WantCreated(tb, s, unexpired, true)
	keys := []store.Key{unexpired.Key}
	for range expired {
		r := AnyRecord(AnyKey())
		r.Expires = time.Now()
		WantCreated(tb, s, r, true)
		keys = append(keys, r.Key)
	}
	return keys
}
