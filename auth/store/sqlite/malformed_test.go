package sqlite

import (
	"context"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"strings"
	"testing"
)

func execSQL(query string, args func(r store.Record) []any) func(*testing.T, store.Store, store.Record) error {
	return func(t *testing.T, s store.Store, r store.Record) error {
		conn, err := s.(*Store).write.Conn(t.Context())
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := conn.ExecContext(t.Context(), `PRAGMA foreign_keys = OFF`); err != nil {
			return err
		}
		defer conn.ExecContext(context.Background(), `PRAGMA foreign_keys = ON`)
		for _, one := range strings.Split(query, ";") {
			if _, err := conn.ExecContext(t.Context(), one, args(r)...); err != nil {
				return err
			}
		}
		return nil
	}
}

var malformedCases = []storetest.Malformed{
	{Name: "an entry that leads to a short key", Corrupt: execSQL(`INSERT INTO records (key, data, expires) VALUES (x'01', x'00', 9000000000000); INSERT INTO entries (index_key, key) VALUES (?, x'01')`,
		func(r store.Record) []any { return []any{r.Index[0][:]} }), OthersListed: true},
	{Name: "a record that never expires", Corrupt: execSQL(`UPDATE records SET expires = 9223372036854775807 WHERE key = ?`, func(r store.Record) []any { return []any{r.Key[:]} }), OthersListed: true},
	{Name: "a record with empty data", Corrupt: execSQL(`UPDATE records SET data = x'' WHERE key = ?`, func(r store.Record) []any { return []any{r.Key[:]} }), OthersListed: true},
}

func TestMalformedDataIsNoFailure(t *testing.T) {
	t.Parallel()
	storetest.MalformedDataIsNoFailure(t, func(tb testing.TB) store.Store { return opened(tb, newURL(tb)) }, malformedCases)
}
