package store

import (
	"testing"
	"time"
)

// swept are the engines that have no expiry of their own: a URL, and a count
// of the records that are there, expired ones too, of those with given keys.
var swept = []struct {
	name  string
	url   func(testing.TB) string
	count func(tb testing.TB, s Store, keys []Key) int
}{
	{"memory", func(testing.TB) string { return "memory:" }, memoryCount},
	{"sqlite", sqliteURL, sqliteCount},
	{"postgres", postgresURL, postgresCount},
}

func TestSweepClearsWhatHasExpired(t *testing.T) {
	t.Parallel()
	for _, e := range swept {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s, err := open(t.Context(), e.url(t), 10*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			keys := manyExpiring(t, s, sweepBatch+50)
			eventually(t, "only the living record is left", func() bool { return e.count(t, s, keys) == 1 })
			wantFound(t, s, keys[0], []byte("living"))
		})
	}
}

// manyExpiring creates one record that lives, and as many as asked that do not.
func manyExpiring(tb testing.TB, s Store, expiring int) []Key {
	tb.Helper()
	living := anyRecord()
	living.Data = []byte("living")
	wantCreated(tb, s, living, true)
	keys := []Key{living.Key}
	for range expiring {
		r := anyRecord(anyKey())
		r.Expires = time.Now()
		wantCreated(tb, s, r, true)
		keys = append(keys, r.Key)
	}
	return keys
}

func memoryCount(_ testing.TB, s Store, keys []Key) (count int) {
	m := s.(*memory)
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, key := range keys {
		if _, there := m.records[key]; there {
			count++
		}
	}
	return count + len(m.entries)
}

func sqliteCount(tb testing.TB, s Store, _ []Key) (count int) {
	const query = `SELECT count(*) + (SELECT count(*) FROM entries) FROM records`
	if err := s.(*sqliteStore).read.QueryRowContext(tb.Context(), query).Scan(&count); err != nil {
		tb.Fatal(err)
	}
	return count
}
