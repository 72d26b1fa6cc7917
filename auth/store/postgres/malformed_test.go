package postgres

import (
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"testing"
)

func execSQL(query string, args func(r store.Record) []any) func(*testing.T, store.Store, store.Record) error {
	return func(t *testing.T, s store.Store, r store.Record) error {
		_, err := s.(*Store).pool.Exec(t.Context(), query, args(r)...)
		return err
	}
}

var malformedCases = []storetest.Malformed{
	{Name: "an entry that leads to a short key", Corrupt: execSQL(`WITH short AS (
				INSERT INTO latchkey_records (key, data, expires) VALUES ('\x01', '', now() + interval '1 hour') ON CONFLICT DO NOTHING)
			INSERT INTO latchkey_entries (index_key, key) SELECT $1, '\x01'`, func(r store.Record) []any { return []any{r.Index[0][:]} }), OthersListed: true},
	{Name: "a record that never expires", Corrupt: execSQL(`UPDATE latchkey_records SET expires = 'infinity' WHERE key = $1`, func(r store.Record) []any { return []any{r.Key[:]} }), OthersListed: true},
	{Name: "a record with empty data", Corrupt: execSQL(`UPDATE latchkey_records SET data = '' WHERE key = $1`, func(r store.Record) []any { return []any{r.Key[:]} }), OthersListed: true},
}

func TestMalformedDataIsNoFailure(t *testing.T) {
	t.Parallel()
	storetest.MalformedDataIsNoFailure(t, func(tb testing.TB) store.Store { return opened(tb, server.URL(tb)) }, malformedCases)
}
