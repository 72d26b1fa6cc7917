package store

import (
	"context"
	"database/sql"
	"time"
)

// sqliteStore keeps records in one file, which the processes of one machine
// may share. Any number of readers look up while one writer writes; the
// writers of this process queue for their one connection, first come first
// served, rather than poll for SQLite's lock. Expiry goes by this machine's
// clock.
type sqliteStore struct {
	*sweeper
	read, write *sql.DB
	on          sqliteStatements
}

func (s *sqliteStore) Create(ctx context.Context, r Record) (created bool, err error) {
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

func (s *sqliteStore) insert(ctx context.Context, tx *sql.Tx, r Record) (bool, error) {
	if _, err := tx.StmtContext(ctx, s.on.clear).ExecContext(ctx, r.Key[:], now()); err != nil {
		return false, err
	}
	created, err := affected(tx.StmtContext(ctx, s.on.create).
		ExecContext(ctx, r.Key[:], clone(r.Data), r.Expires.UnixMilli()))
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

func (s *sqliteStore) Find(ctx context.Context, key Key) ([]byte, error) {
	return oneRow(s.on.find.QueryContext(ctx, key[:], now()))
}

func (s *sqliteStore) Update(ctx context.Context, key Key, old, data []byte, expires time.Time) (bool, error) {
	return affected(s.on.update.
		ExecContext(ctx, clone(data), expires.UnixMilli(), key[:], clone(old), now()))
}

func (s *sqliteStore) Delete(ctx context.Context, key Key) ([]byte, error) {
	return oneRow(s.on.delete.QueryContext(ctx, key[:], now()))
}

func (s *sqliteStore) List(ctx context.Context, index Key) (listed []Record, err error) {
	rows, err := s.on.list.QueryContext(ctx, HeadSize, index[:], now())
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
		if len(key) != len(Key{}) {
			strange = ErrMalformed
			continue
		}
		listed = append(listed, Record{Key: Key(key), Data: clone(data), Expires: time.UnixMilli(expires)})
	}
	if rows.Err() != nil {
		return nil, rows.Err()
	}
	return listed, strange
}

func (s *sqliteStore) Publish(ctx context.Context, message string) error {
	_, err := s.on.publish.ExecContext(ctx, message, time.Now().Add(messageLife).UnixMilli())
	return err
}

func (s *sqliteStore) Subscribe(ctx context.Context, connected func(), receive func(string)) error {
	return keepListening(ctx, func() error { return s.listen(ctx, orNoop(connected), receive) })
}

// Ping takes the lock of a writer, and writes nothing.
func (s *sqliteStore) Ping(ctx context.Context) error {
	_, err := s.Delete(ctx, Key{})
	return err
}

func (s *sqliteStore) Close() error {
	s.stop()
	return closeBoth(s.read, s.write)
}

func (s *sqliteStore) sweep(ctx context.Context) (cleared int64, err error) {
	if _, err := s.on.sweepMessages.ExecContext(ctx, now()); err != nil {
		return 0, err
	}
	result, err := s.on.sweepRecords.ExecContext(ctx, now(), sweepBatch)
	if err != nil {
		return 0, err
	}
	if cleared, err = result.RowsAffected(); err == nil && cleared < sweepBatch {
		err = s.checkpoint(ctx)
	}
	return cleared, err
}

// checkpoint moves what is in the write-ahead log into the file, as far as nobody
// reads it: a quiet app would leave everything there for days, and a copy of the
// file alone would know nobody.
func (s *sqliteStore) checkpoint(ctx context.Context) error {
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
		data = clone(raw)
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
