package postgres

import (
	"context"
	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"time"
)

const scanRecords = `
	SELECT key, substring(data FROM 1 FOR $2), least(expires, now() + interval '100 years') - now() FROM latchkey_records
	WHERE key > $1 AND expires > now() ORDER BY key LIMIT $3`

func (s *Store) Scan(ctx context.Context, visit func(store.Record) error) error {
	var malformed error
	err := engine.Scan(func(after []byte) (page []store.Record, last []byte, err error) {
		rows, err := s.pool.Query(ctx, scanRecords, after, store.HeadSize, engine.ScanPage)
		if err != nil {
			return nil, nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var key, data []byte
			var left time.Duration
			if err := rows.Scan(&key, &data, &left); err != nil {
				return nil, nil, err
			}
			if last = key; len(key) != len(store.Key{}) {
				malformed = store.ErrMalformed
				continue
			}
			page = append(page, store.Record{Key: store.Key(key), Data: data, Expires: time.Now().Add(left)})
		}
		return page, last, rows.Err()
	}, visit)
	if err != nil {
		return err
	}
	return malformed
}
