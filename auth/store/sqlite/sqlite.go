package sqlite

import (
	"context"
	"database/sql"
	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"time"
)

// Store keeps records in one file, which the processes of one machine
// may share. Any number of readers look up while one writer writes; the
// writers of this process queue for their one connection, first come first
// served, rather than poll for SQLite's lock. Expiry goes by this machine's
// clock.
type Store struct {
	sweeper     *engine.Sweeper
	read, write *sql.DB
	on          sqliteStatements
}

func (s *Store) Create(ctx context.Context, r store.Record) (created bool, err error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback() // does nothing once committed
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

func (s *Store) List(ctx context.Context, index store.Key) (listed []store.Record, err error) {
	rows, err := s.on.list.QueryContext(ctx, store.HeadSize, index[:], now())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var strange error
	for rows.Next() {
		var key, data sql.RawBytes // Scan would copy them too
		var expires int64
		if err := rows.Scan(&key, &data, &expires); err != nil {
			return nil, err
		}
		if len(key) != len(store.Key{}) {
			strange = store.ErrMalformed
			continue
		}
		listed = append(listed, store.Record{Key: store.Key(key), Data: engine.Clone(data), Expires: time.UnixMilli(expires)})
	}
	if rows.Err() != nil {
		return nil, rows.Err()
	}
	return listed, strange
}

func (s *Store) Publish(ctx context.Context, message string) error {
	_, err := s.on.publish.ExecContext(ctx, message, time.Now().Add(messageLife).UnixMilli())
	return err
}

func (s *Store) Subscribe(ctx context.Context, connected func(), receive func(string)) error {
	return engine.KeepListening(ctx, func() error { return s.listen(ctx, engine.OrNoop(connected), receive) })
}

// Ping takes the lock of a writer, and writes nothing.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.Delete(ctx, store.Key{})
	return err
}

func (s *Store) Close() error {
	s.sweeper.Stop()
	return closeBoth(s.read, s.write)
}

func (s *Store) sweep(ctx context.Context) (cleared int64, err error) {
	if _, err := s.on.sweepMessages.ExecContext(ctx, now()); err != nil {
		return 0, err
	}
	result, err := s.on.sweepRecords.ExecContext(ctx, now(), engine.SweepBatch)
	if err != nil {
		return 0, err
	}
	if cleared, err = result.RowsAffected(); err == nil && cleared < engine.SweepBatch {
		err = s.checkpoint(ctx)
	}
	return cleared, err
}

// checkpoint moves what is in the write-ahead log into the file, as far as nobody
// reads it: a quiet app would leave everything there for days, and a copy of the
// file alone would know nobody.
func (s *Store) checkpoint(ctx context.Context) error {
	_, err := s.write.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`)
	return err
}

// now is the time as the database has it.
func now() int64 { return time.Now().UnixMilli() }

// oneRow returns the data of the one row there is, or nil. It reads on to the
// end, for only there does DELETE … RETURNING report that it was committed.
func oneRow(rows *sql.Rows, err error) (data []byte, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var raw sql.RawBytes // Scan would copy it too
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		data = engine.Clone(raw)
	}
	if rows.Err() != nil {
		return nil, rows.Err()
	}
	return data, nil
}

// affected reports whether a statement changed anything.
func affected(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	count, err := result.RowsAffected()
	return count > 0, err
}
