package storetest

import (
	"context"
	"testing"
	"time"

	"latchkey/auth/store"
)

// SweepDeletesExpired tests that steps of a store's sweep delete expired records, and
// their entries in the index. Count returns how many of both are left for these keys.
func SweepDeletesExpired(t *testing.T, s store.Store, step func(context.Context) (int64, error), count func(keys []store.Key) int) {
	t.Helper()
	unexpired := AnyRecord()
	WantCreated(t, s, unexpired, true)
	keys := []store.Key{unexpired.Key}
	for range 250 { // more than one batch
		r := AnyRecord(AnyKey())
		r.Expires = time.Now()
		WantCreated(t, s, r, true)
		keys = append(keys, r.Key)
	}
	Eventually(t, "only the unexpired record is left", func() bool {
		if _, err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
		return count(keys) == 1
	})
	WantFound(t, s, unexpired.Key, unexpired.Data)
}
