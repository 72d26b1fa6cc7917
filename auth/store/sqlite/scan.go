package sqlite

import (
	"context"
	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"time"
)

// The + keeps SQLite from using the index of expires, with which it would sort
// the whole table for each page.
const scanRecords = `
	SELECT key, substr(data, 1, ?), expires FROM records
	WHERE key > ? AND +expires > ? ORDER BY key LIMIT ?`

func (s *Store) Scan(ctx context.Context, visit func(store.Record) error) error {
	var malformed error
	err := engine.Scan(func(after []byte) (page []store.Record, last []byte, err error) {
		rows, err := s.read.QueryContext(ctx, scanRecords, store.HeadSize, after, now(), engine.ScanPage)
		if err != nil {
			return nil, nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var data []byte
			var expires int64
			if err := rows.Scan(&last, &data, &expires); err != nil {
				return nil, nil, err
			}
			if len(last) != len(store.Key{}) {
				malformed = store.ErrMalformed
				continue
			}
			page = append(page, store.Record{Key: store.Key(last), Data: data, Expires: time.UnixMilli(expires)})
		}
		return page, last, rows.Err()
	}, visit)
	if err != nil {
		return err
	}
	return malformed
}
