package redis

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"time"

	"github.com/redis/go-redis/v9"
)

// Store keeps records in Redis: one server, a primary behind Sentinels,
// or a Cluster. Expiry is Redis' own, to the millisecond by its clock, and is
// told as the time left, so that no replica's wrong clock shortens a lock.
//
// A Cluster writes two keys in one step only where they share a slot, which a
// record and its index keys do not. So the order of the steps carries the
// promise: the entry that leads to a record is written before the record and
// outlives it, and List believes it only where the record bears its id.
type Store struct {
	client redis.UniversalClient
	alone  *redisPing
	polls  bool // whether messages are polled for, because the user may not subscribe
}

func (s *Store) Create(ctx context.Context, r store.Record) (bool, error) {
	h := redisRecord{key: r.Key, data: bytes.Clone(r.Data), id: rand.Text(), index: r.Index}
	return withContext(ctx, func() (bool, error) {
		if err := s.addEntries(ctx, h, r.Expires); err != nil {
			return false, err
		}
		return s.run(ctx, createScript, recordName(r.Key), h.id, h.indexField(), h.data, millisecondsLeft(r.Expires)).Bool()
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

// Update has the entries live longer before the record does: in the other
// order, a crash between the two would leave a session that List cannot see.
func (s *Store) Update(ctx context.Context, key store.Key, old, data []byte, expires time.Time) (bool, error) {
	old, data = bytes.Clone(old), bytes.Clone(data)
	return withContext(ctx, func() (bool, error) {
		values, err := s.client.HMGet(ctx, recordName(key), fields...).Result()
		h, err := read(key, values, err)
		if err != nil || h.data == nil || !bytes.Equal(h.data, old) {
			return false, err
		}
		if err := s.addEntries(ctx, h, expires); err != nil {
			return false, err
		}
		updated, err := s.run(ctx, updateScript, recordName(key), old, data, millisecondsLeft(expires)).Bool()
		return updated, malformed(err)
	})
}

func (s *Store) Delete(ctx context.Context, key store.Key) ([]byte, error) {
	return withContext(ctx, func() ([]byte, error) {
		values, err := s.run(ctx, deleteScript, recordName(key)).Slice()
		h, err := read(key, values, err)
		if err != nil {
			return nil, err
		}
		s.removeEntries(ctx, h)
		return h.data, nil
	})
}

func (s *Store) List(ctx context.Context, index store.Key) ([]store.Record, error) {
	return withContext(ctx, func() ([]store.Record, error) {
		entries, err := s.client.ZRange(ctx, indexName(index), 0, -1).Result()
		if err != nil || len(entries) == 0 {
			return nil, malformed(err)
		}
		return s.loadEntries(ctx, entries)
	})
}

func (s *Store) Publish(ctx context.Context, message string) error {
	_, err := withContext(ctx, func() (any, error) {
		err := s.client.Publish(ctx, engine.Channel, message).Err()
		if !s.polls {
			return nil, err
		}
		return nil, s.keep(ctx, message) // whether or not the user may publish
	})
	return err
}

func (s *Store) Subscribe(ctx context.Context, connected func(), receive func(string)) error {
	return engine.KeepListening(ctx, func() error { return s.listen(ctx, engine.OrNoop(connected), receive) })
}

func (s *Store) Ping(ctx context.Context) error { return s.alone.ask(ctx) }

func (s *Store) Close() error { return errors.Join(s.alone.close(), s.client.Close()) }
