package sqlite

import (
	"context"

	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
)

// The + keeps SQLite from using the index of expires, with which it would sort
// the whole table for each page.
const scanRecords = `
	SELECT key, substr(data, 1, ?), expires FROM records
	WHERE key > ? AND +expires > ? ORDER BY key LIMIT ?`

func (s *Store) Scan(ctx context.Context, visit func(store.Record) error) error {
	after := []byte{}
	return engine.Scan(func() (page []store.Record, more bool, err error) {
		page, after, err = readRecords(s.read.QueryContext(ctx, scanRecords, store.HeadSize, after, now(), engine.ScanPage))
		return page, after != nil, err
	}, visit)
}
