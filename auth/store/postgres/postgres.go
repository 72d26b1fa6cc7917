package postgres

import (
	"context"
	"errors"
	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Store keeps records in Postgres. Expiry goes by the server's clock,
// and is told as the time left, so that no replica's wrong clock shortens a
// lock. Every statement is prepared on first use, unless a connection pooler is in
// between; a method is one round trip,
// and one more where its connection was idle for a second: the pool then asks
// whether it is still there, which spares a visitor the error after a restart.
type Store struct {
	sweeper      *engine.Sweeper
	pool         *pgxpool.Pool
	alone        *postgresPing
	listenConfig *pgx.ConnConfig // of the connection that listens
	pooled       bool            // whether the URL leads to a connection pooler
	shared       bool            // whether a replica may be one that polls: messages are kept for it
	polls        bool            // whether this one is
}

// Create sends two statements that run as one transaction.
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
		err = errors.Join(err, results.Close()) // which is where the commit answers
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

func (s *Store) List(ctx context.Context, index store.Key) (listed []store.Record, err error) {
	rows, err := s.pool.Query(ctx, listRecords, index[:], store.HeadSize)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var strange error
	for rows.Next() {
		var key, data []byte
		var left time.Duration
		if err := rows.Scan(&key, &data, &left); err != nil {
			return nil, err
		}
		if len(key) != len(store.Key{}) {
			strange = store.ErrMalformed
			continue
		}
		listed = append(listed, store.Record{Key: store.Key(key), Data: data, Expires: time.Now().Add(left)})
	}
	if rows.Err() != nil {
		return nil, rows.Err()
	}
	return listed, strange
}

func (s *Store) Publish(ctx context.Context, message string) error {
	if !s.shared {
		return s.notify(ctx, message)
	}
	return errors.Join(s.notify(ctx, message), s.keep(ctx, message))
}

func (s *Store) notify(ctx context.Context, message string) error {
	_, err := s.pool.Exec(ctx, `SELECT pg_notify($1, $2)`, engine.Channel, message)
	return err
}

func (s *Store) Subscribe(ctx context.Context, connected func(), receive func(string)) error {
	return engine.KeepListening(ctx, func() error { return s.listen(ctx, engine.OrNoop(connected), receive) })
}

func (s *Store) Ping(ctx context.Context) error { return s.alone.ask(ctx) }

func (s *Store) Close() error {
	s.sweeper.Stop()
	s.alone.close()
	return closePool(s.pool)
}

// sweep lets one replica at a time do it, and passes over what is in use.
func (s *Store) sweep(ctx context.Context) (cleared int64, err error) {
	if s.shared {
		if _, err := s.pool.Exec(ctx, sweepMessages); err != nil {
			return 0, err
		}
	}
	tag, err := s.pool.Exec(ctx, sweepRecords, sweepLock, engine.SweepBatch)
	return tag.RowsAffected(), err
}

// onlyRow returns the data of the one row there is, or nil.
func onlyRow(row pgx.Row) (data []byte, err error) {
	err = row.Scan(&data)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return data, err
}
