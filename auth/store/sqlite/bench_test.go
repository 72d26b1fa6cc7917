package sqlite

import (
	"context"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"testing"
)

func BenchmarkStore(b *testing.B) {
	s := opened(b, newURL(b))
	storetest.BenchmarkStore(b, s, storetest.Baseline{Bare: s.bare, Read: s.readAll, Size: s.size, Fill: func(b *testing.B, fill func()) {
		synchronous(b, s, "OFF") // do not wait for the disk
		defer synchronous(b, s, "FULL")
		fill()
	}})
}

func (s *Store) bare(ctx context.Context) (err error) {
	var one int
	return s.read.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

func (s *Store) readAll(ctx context.Context, keys []store.Key) error {
	rows, err := s.read.QueryContext(ctx, "SELECT data FROM records WHERE key IN (?, ?, ?, ?, ?)",
		keys[0][:], keys[1][:], keys[2][:], keys[3][:], keys[4][:])
	if err != nil {
		return err
	}
	defer rows.Close()
	var data []byte
	for rows.Next() {
		if err := rows.Scan(&data); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (s *Store) size(ctx context.Context) (bytes int64, err error) {
	const query = `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`
	err = s.read.QueryRowContext(ctx, query).Scan(&bytes)
	return bytes, err
}

func synchronous(b *testing.B, s *Store, mode string) {
	if _, err := s.write.ExecContext(b.Context(), "PRAGMA synchronous="+mode); err != nil {
		b.Fatal(err)
	}
}
