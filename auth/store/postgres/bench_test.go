package postgres

import (
	"context"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"testing"

	"github.com/jackc/pgx/v5"
)

func BenchmarkStore(b *testing.B) {
	s := opened(b, server.URL(b))
	storetest.BenchmarkStore(b, s, storetest.Baseline{Bare: s.bare, Read: s.readAll, Size: s.size})
}

func (s *Store) bare(ctx context.Context) error {
	var one int
	return s.pool.QueryRow(ctx, "SELECT 1").Scan(&one)
}

func (s *Store) readAll(ctx context.Context, keys []store.Key) error {
	wanted := make([][]byte, len(keys))
	for i := range keys {
		wanted[i] = keys[i][:]
	}
	const query = `SELECT data FROM unnest($1::bytea[]) AS wanted,
		LATERAL (SELECT data FROM latchkey_records WHERE key = wanted OFFSET 0) AS record`
	rows, err := s.pool.Query(ctx, query, wanted)
	if err != nil {
		return err
	}
	_, err = pgx.CollectRows(rows, pgx.RowTo[[]byte])
	return err
}

func (s *Store) size(ctx context.Context) (bytes int64, err error) {
	const query = `SELECT pg_total_relation_size('latchkey_records') + pg_total_relation_size('latchkey_entries')`
	err = s.pool.QueryRow(ctx, query).Scan(&bytes)
	return bytes, err
}
