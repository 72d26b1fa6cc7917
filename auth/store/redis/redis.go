// Package redis keeps records in Redis or Valkey, for several replicas.
package redis

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store"
)

// Store keeps records in Redis: one server, a primary with Sentinels, or a Cluster.
// Redis itself expires them, to the millisecond. A command sends the time left, so
// that a replica's wrong clock does not shorten a lock.
//
// A Cluster writes two keys in one step only if they share a slot, which a record
// and its index keys do not. So the contract depends on the order of the steps: the
// entry that leads to a record is written before the record and outlives it, and
// List ignores an entry with another id than the record's.
type Store struct {
	client redis.UniversalClient
	pings  redis.UniversalClient // for Ping, which neither waits for the connections of requests nor trusts them
}

func (s *Store) Create(ctx context.Context, r store.Record) (bool, error) {
	created := record{key: r.Key, data: bytes.Clone(r.Data), id: rand.Text()}
	for _, index := range r.Index {
		created.index = append(created.index, index[:]...)
	}
	return withContext(ctx, func() (bool, error) {
		if err := s.addEntries(ctx, created, r.Expires); err != nil {
			return false, err
		}
		return s.run(ctx, createScript, recordName(r.Key), created.id, created.index, created.data, millisecondsLeft(r.Expires)).Bool()
	})
}

func (s *Store) Find(ctx context.Context, key store.Key) ([]byte, error) {
	return withContext(ctx, func() ([]byte, error) {
		data, err := s.client.HGet(ctx, recordName(key), "data").Bytes()
		if errors.Is(err, redis.Nil) {
			return nil, nil
		}
		return data, malformed(err)
	})
}

// Update extends the entries before the record: in the other order, a crash between
// the two would leave a session that List does not return.
func (s *Store) Update(ctx context.Context, key store.Key, old, data []byte, expires time.Time) (bool, error) {
	old, data = bytes.Clone(old), bytes.Clone(data)
	return withContext(ctx, func() (bool, error) {
		values, err := s.client.HMGet(ctx, recordName(key), fields...).Result()
		r, err := read(key, values, err)
		if err != nil || r.data == nil || !bytes.Equal(r.data, old) {
			return false, err
		}
		if err := s.addEntries(ctx, r, expires); err != nil {
			return false, err
		}
		updated, err := s.run(ctx, updateScript, recordName(key), old, data, millisecondsLeft(expires)).Bool()
		return updated, malformed(err)
	})
}

func (s *Store) Delete(ctx context.Context, key store.Key) ([]byte, error) {
	return withContext(ctx, func() ([]byte, error) {
		values, err := s.run(ctx, deleteScript, recordName(key)).Slice()
		r, err := read(key, values, err)
		if err != nil {
			return nil, err
		}
		s.removeEntries(ctx, r)
		return r.data, nil
	})
}

func (s *Store) List(ctx context.Context, index store.Key) ([]store.Record, error) {
	return withContext(ctx, func() ([]store.Record, error) {
		texts, err := s.client.ZRange(ctx, indexName(index), 0, -1).Result()
		if err != nil || len(texts) == 0 {
			return nil, malformed(err)
		}
		entries := make([]*entry, len(texts))
		for i, text := range texts {
			entries[i] = parseEntry(text)
		}
		return s.load(ctx, entries)
	})
}

// Ping sets a key only if it exists, which it never does. A server that cannot be
// written to refuses it. If ctx is done while it connects, it goes on, and the next ping
// gets the connection: the network may be slow.
func (s *Store) Ping(ctx context.Context) error {
	_, err := withContext(ctx, func() (any, error) {
		return s.pings.Do(context.WithoutCancel(ctx), "SET", recordPrefix+"ping", "", "XX", "PX", 1000).Result()
	})
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}

func (s *Store) Close() error { return errors.Join(s.pings.Close(), s.client.Close()) }
