package main

import (
	"context"
	"errors"
	"time"

	"latchkey/auth/store"
)

// measuredStore measures how long the calls of a store take, except Subscribe and Scan,
// whose time says nothing about the store.
type measuredStore struct {
	store.Store
	metrics *metrics
}

// measure measures the calls of a store, unless m is nil.
func (m *metrics) measure(s store.Store) store.Store {
	if m == nil {
		return s
	}
	return &measuredStore{s, m}
}

func (s *measuredStore) took(operation string, start time.Time, err error) {
	result := "ok"
	if err != nil && !errors.Is(err, store.ErrMalformed) {
		result = "error"
	}
	s.metrics.storeTime.WithLabelValues(operation, result).Observe(time.Since(start).Seconds())
}

func (s *measuredStore) Create(ctx context.Context, r store.Record) (created bool, err error) {
	defer func(start time.Time) { s.took("create", start, err) }(time.Now())
	return s.Store.Create(ctx, r)
}

func (s *measuredStore) Find(ctx context.Context, key store.Key) (data []byte, err error) {
	defer func(start time.Time) { s.took("find", start, err) }(time.Now())
	return s.Store.Find(ctx, key)
}

func (s *measuredStore) Update(ctx context.Context, key store.Key, old, data []byte, expires time.Time) (updated bool, err error) {
	defer func(start time.Time) { s.took("update", start, err) }(time.Now())
	return s.Store.Update(ctx, key, old, data, expires)
}

func (s *measuredStore) Delete(ctx context.Context, key store.Key) (data []byte, err error) {
	defer func(start time.Time) { s.took("delete", start, err) }(time.Now())
	return s.Store.Delete(ctx, key)
}

func (s *measuredStore) List(ctx context.Context, index store.Key) (records []store.Record, err error) {
	defer func(start time.Time) { s.took("list", start, err) }(time.Now())
	return s.Store.List(ctx, index)
}

func (s *measuredStore) Publish(ctx context.Context, message string) (err error) {
	defer func(start time.Time) { s.took("publish", start, err) }(time.Now())
	return s.Store.Publish(ctx, message)
}

func (s *measuredStore) Ping(ctx context.Context) (err error) {
	defer func(start time.Time) { s.took("ping", start, err) }(time.Now())
	return s.Store.Ping(ctx)
}
