package auth

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"latchkey/auth/store"
)

var errStoreDown = errors.New("the store is down")

// fragile is a store that counts what is written, and fails when it is told to.
type fragile struct {
	store.Store
	updates atomic.Int64
	finds   atomic.Int64
	before  atomic.Pointer[func(ctx context.Context, method string) error] // nil: nothing
}

// interfere has f called before every call of the store; its error is the call's.
func (s *fragile) interfere(f func(ctx context.Context, method string) error) { s.before.Store(&f) }

// down makes these methods fail, and no others.
func (s *fragile) down(methods ...string) {
	s.interfere(func(_ context.Context, method string) error {
		for _, m := range methods {
			if m == method {
				return errStoreDown
			}
		}
		return nil
	})
}

func (s *fragile) call(ctx context.Context, method string) error {
	if f := s.before.Load(); f != nil {
		return (*f)(ctx, method)
	}
	return nil
}

func (s *fragile) Create(ctx context.Context, r store.Record) (bool, error) {
	if err := s.call(ctx, "Create"); err != nil {
		return false, err
	}
	return s.Store.Create(ctx, r)
}

func (s *fragile) Find(ctx context.Context, key store.Key) ([]byte, error) {
	s.finds.Add(1)
	if err := s.call(ctx, "Find"); err != nil {
		return nil, err
	}
	return s.Store.Find(ctx, key)
}

func (s *fragile) Update(ctx context.Context, key store.Key, old, data []byte, expires time.Time) (bool, error) {
	s.updates.Add(1)
	if err := s.call(ctx, "Update"); err != nil {
		return false, err
	}
	return s.Store.Update(ctx, key, old, data, expires)
}

func (s *fragile) Delete(ctx context.Context, key store.Key) ([]byte, error) {
	if err := s.call(ctx, "Delete"); err != nil {
		return nil, err
	}
	return s.Store.Delete(ctx, key)
}

func (s *fragile) List(ctx context.Context, index store.Key) ([]store.Record, error) {
	if err := s.call(ctx, "List"); err != nil {
		return nil, err
	}
	return s.Store.List(ctx, index)
}
