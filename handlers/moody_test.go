package handlers_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth/store"
)

// moody is a store that answers, fails or hangs, as it is told.
type moody struct {
	store.Store
	mood atomic.Pointer[mood]
}

// mood is what happens to a call before it reaches the true store.
type mood func(ctx context.Context) error

func well(context.Context) error { return nil }

func down(context.Context) error { return errors.New("connection refused") }

func hangs(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// newMoody returns a moody store on memory, that is well.
func newMoody(tb testing.TB) *moody {
	tb.Helper()
	s := &moody{Store: openStore(tb, "memory:")}
	s.is(well)
	tb.Cleanup(func() { s.is(well) })
	return s
}

func (s *moody) is(m mood) { s.mood.Store(&m) }

func (s *moody) ask(ctx context.Context) error {
	if w, ok := ctx.Value(waitsKey{}).(*waits); ok {
		defer w.begin(ctx)()
	}
	return (*s.mood.Load())(ctx)
}

func (s *moody) Create(ctx context.Context, r store.Record) (bool, error) {
	if err := s.ask(ctx); err != nil {
		return false, err
	}
	return s.Store.Create(ctx, r)
}

func (s *moody) Find(ctx context.Context, key store.Key) ([]byte, error) {
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	return s.Store.Find(ctx, key)
}

func (s *moody) Update(ctx context.Context, key store.Key, old, data []byte, expires time.Time) (bool, error) {
	if err := s.ask(ctx); err != nil {
		return false, err
	}
	return s.Store.Update(ctx, key, old, data, expires)
}

func (s *moody) Delete(ctx context.Context, key store.Key) ([]byte, error) {
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	return s.Store.Delete(ctx, key)
}

func (s *moody) List(ctx context.Context, index store.Key) ([]store.Record, error) {
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	return s.Store.List(ctx, index)
}

func (s *moody) Publish(ctx context.Context, message string) error {
	if err := s.ask(ctx); err != nil {
		return err
	}
	return s.Store.Publish(ctx, message)
}

func (s *moody) Ping(ctx context.Context) error {
	if err := s.ask(ctx); err != nil {
		return err
	}
	return s.Store.Ping(ctx)
}
