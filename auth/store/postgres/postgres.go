// Package postgres keeps records in Postgres, for several replicas.
package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
)

// Store keeps records in Postgres. Records expire by the server's clock: a
// statement sends the time left, so that a replica's wrong clock does not shorten a
// lock. Statements are prepared on first use, unless a connection pooler is in
// between. A method takes one round trip. If its connection has been idle for a
// second, the pool first pings the server, so that requests do not fail after a
// restart.
type Store struct {
	stopSweep func()
	pool      *pgxpool.Pool
	pings     *pgxpool.Pool // for Ping, which neither waits for the connections of requests nor trusts them
	polls     bool          // whether messages are polled, because a connection pooler is in between
}

// Create sends two statements, which run as one transaction.
func (s *Store) Create(ctx context.Context, r store.Record) (created bool, err error) {
	index := make([][]byte, len(r.Index))
	for i := range r.Index {
		index[i] = r.Index[i][:]
	}
	return retrySerialization(ctx, func() (bool, error) {
		batch := &pgx.Batch{}
		batch.Queue(clearRecord, r.Key[:])
		batch.Queue(createRecord, r.Key[:], engine.Clone(r.Data), time.Until(r.Expires), index)
		results := s.pool.SendBatch(ctx, batch)
		_, err := results.Exec()
		if err == nil {
			err = results.QueryRow().Scan(&created)
		}
		err = errors.Join(err, results.Close()) // which returns the error of the commit
		return created && err == nil, err
	})
}

func (s *Store) Find(ctx context.Context, key store.Key) ([]byte, error) {
	return retrySerialization(ctx, func() ([]byte, error) { return onlyRow(s.pool.QueryRow(ctx, findRecord, key[:])) })
}

func (s *Store) Update(ctx context.Context, key store.Key, old, data []byte, expires time.Time) (bool, error) {
	old, data = engine.Clone(old), engine.Clone(data)
	return retrySerialization(ctx, func() (bool, error) {
		tag, err := s.pool.Exec(ctx, updateRecord, key[:], old, data, time.Until(expires))
		return tag.RowsAffected() == 1, err
	})
}

func (s *Store) Delete(ctx context.Context, key store.Key) ([]byte, error) {
	return retrySerialization(ctx, func() ([]byte, error) { return onlyRow(s.pool.QueryRow(ctx, deleteRecord, key[:])) })
}

func (s *Store) List(ctx context.Context, index store.Key) ([]store.Record, error) {
	return retrySerialization(ctx, func() ([]store.Record, error) {
		listed, _, err := readRecords(s.pool.Query(ctx, listRecords, index[:], store.HeadSize))
		return listed, err
	})
}

func (s *Store) Scan(ctx context.Context, visit func(store.Record) error) error {
	after := []byte{}
	return engine.Scan(func() (page []store.Record, more bool, err error) {
		page, after, err = readRecords(s.pool.Query(ctx, scanRecords, after, store.HeadSize, engine.ScanPage))
		return page, after != nil, err
	}, visit)
}

// Ping deletes a record that does not exist. A server that cannot be written to
// refuses it.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.pings.Exec(ctx, deleteRecord, make([]byte, len(store.Key{})))
	return err
}

func (s *Store) Close() error {
	s.stopSweep()
	return closePools(s.pool, s.pings)
}

// sweep is run by one replica at a time, and skips locked records.
func (s *Store) sweep(ctx context.Context) (deleted int64, err error) {
	if _, err := s.pool.Exec(ctx, sweepMessages); err != nil {
		return 0, err
	}
	tag, err := s.pool.Exec(ctx, sweepRecords, sweepLock, engine.SweepBatch)
	return tag.RowsAffected(), err
}

// retrySerialization repeats a call whose transaction lost to another one and
// changed nothing. That happens only where the server's default isolation is
// stricter than read committed.
func retrySerialization[T any](ctx context.Context, call func() (T, error)) (T, error) {
	for {
		value, err := call()
		var refusal *pgconn.PgError
		if !errors.As(err, &refusal) || refusal.Code != "40001" || ctx.Err() != nil {
			return value, err
		}
	}
}

// onlyRow returns the data of the only row, or nil if there is none.
func onlyRow(row pgx.Row) (data []byte, err error) {
	err = row.Scan(&data)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return data, err
}

// readRecords reads rows of a key, data and the time left, and returns the last key
// too. Its error is ErrMalformed if a key has another length than ours.
func readRecords(rows pgx.Rows, err error) (records []store.Record, last []byte, _ error) {
	if err != nil {
		return nil, nil, err
	}
	var malformed error
	var data []byte
	var left time.Duration
	_, err = pgx.ForEachRow(rows, []any{&last, &data, &left}, func() error {
		if len(last) != len(store.Key{}) {
			malformed = store.ErrMalformed
			return nil
		}
		records = append(records, store.Record{Key: store.Key(last), Data: data, Expires: time.Now().Add(left)})
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return records, last, malformed
}
