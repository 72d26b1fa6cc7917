package postgres

import (
	"context"

	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
)

const scanRecords = `
	SELECT key, substring(data FROM 1 FOR $2), least(expires, now() + interval '100 years') - now() FROM latchkey_records
	WHERE key > $1 AND expires > now() ORDER BY key LIMIT $3`

func (s *Store) Scan(ctx context.Context, visit func(store.Record) error) error {
	after := []byte{}
	return engine.Scan(func() (page []store.Record, more bool, err error) {
		page, after, err = readRecords(s.pool.Query(ctx, scanRecords, after, store.HeadSize, engine.ScanPage))
		return page, after != nil, err
	}, visit)
}
