// Package sqlite keeps records in an SQLite file, on one machine.
package sqlite

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
)

// Store keeps records in one file, which the processes of one machine may share.
// Many readers run beside one writer. The writers of this process wait in order for
// their one connection, instead of polling for SQLite's lock. Records expire by
// this machine's clock.
type Store struct {
	log         *slog.Logger
	stopSweep   func()
	read, write *sql.DB
	on          statements
}

func (s *Store) Create(ctx context.Context, r store.Record) (created bool, err error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback() // does nothing after Commit
	if created, err = s.insert(ctx, tx, r); err != nil || !created {
		return false, err
	}
	err = tx.Commit()
	return err == nil, err
}

func (s *Store) insert(ctx context.Context, tx *sql.Tx, r store.Record) (bool, error) {
	if _, err := tx.StmtContext(ctx, s.on.clear).ExecContext(ctx, r.Key[:], now()); err != nil {
		return false, err
	}
	created, err := affected(tx.StmtContext(ctx, s.on.create).
		ExecContext(ctx, r.Key[:], engine.Clone(r.Data), r.Expires.UnixMilli()))
	if err != nil || !created {
		return false, err
	}
	for _, index := range r.Index {
		if _, err := tx.StmtContext(ctx, s.on.enter).ExecContext(ctx, index[:], r.Key[:]); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *Store) Find(ctx context.Context, key store.Key) ([]byte, error) {
	return oneRow(s.on.find.QueryContext(ctx, key[:], now()))
}

func (s *Store) Update(ctx context.Context, key store.Key, old, data []byte, expires time.Time) (bool, error) {
	return affected(s.on.update.
		ExecContext(ctx, engine.Clone(data), expires.UnixMilli(), key[:], engine.Clone(old), now()))
}

func (s *Store) Delete(ctx context.Context, key store.Key) ([]byte, error) {
	return oneRow(s.on.delete.QueryContext(ctx, key[:], now()))
}

func (s *Store) List(ctx context.Context, index store.Key) ([]store.Record, error) {
	listed, _, err := readRecords(s.on.list.QueryContext(ctx, store.HeadSize, index[:], now()))
	return listed, err
}

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

// Ping takes the write lock, and writes nothing.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.Delete(ctx, store.Key{})
	return err
}

func (s *Store) Close() error {
	s.stopSweep()
	return closeBoth(s.read, s.write)
}

// sweep deletes a batch of expired records. The last batch is followed by a
// checkpoint, which moves the write-ahead log into the file: otherwise a quiet app
// would leave its records in the log for days, and a copy of the file would lack
// them.
func (s *Store) sweep(ctx context.Context) (deleted int64, err error) {
	if _, err := s.on.sweepMessages.ExecContext(ctx, now()); err != nil {
		return 0, err
	}
	result, err := s.on.sweepRecords.ExecContext(ctx, now(), engine.SweepBatch)
	if err != nil {
		return 0, err
	}
	if deleted, err = result.RowsAffected(); err == nil && deleted < engine.SweepBatch {
		_, err = s.write.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`)
	}
	return deleted, err
}

// now is the present time in the format of the database.
func now() int64 { return time.Now().UnixMilli() }

// oneRow returns the data of the only row, or nil if there is none.
func oneRow(rows *sql.Rows, err error) (data []byte, _ error) {
	var raw sql.RawBytes // scanning into a []byte would copy twice
	err = forEachRow(rows, err, []any{&raw}, func() { data = engine.Clone(raw) })
	if err != nil {
		return nil, err
	}
	return data, nil
}

// readRecords reads rows of a key, data and an expiry, and returns the last key
// too. Its error is ErrMalformed if a key has another length than ours.
func readRecords(rows *sql.Rows, err error) (records []store.Record, last []byte, _ error) {
	var data sql.RawBytes
	var expires int64
	var malformed error
	err = forEachRow(rows, err, []any{&last, &data, &expires}, func() {
		if len(last) != len(store.Key{}) {
			malformed = store.ErrMalformed
			return
		}
		records = append(records, store.Record{Key: store.Key(last), Data: engine.Clone(data), Expires: time.UnixMilli(expires)})
	})
	if err != nil {
		return nil, nil, err
	}
	return records, last, malformed
}

// forEachRow scans each row and calls read. It reads to the end because only there
// does DELETE … RETURNING report whether it was committed.
func forEachRow(rows *sql.Rows, err error, row []any, read func()) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(row...); err != nil {
			return err
		}
		read()
	}
	return rows.Err()
}

// affected reports whether a statement changed anything.
func affected(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	count, err := result.RowsAffected()
	return count > 0, err
}
