package handlerstest

import (
	"context"
	"errors"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth/store"
)

// StoreLimit is how long a request may wait for the store, so that its response
// arrives within 3 s.
const StoreLimit = 2500 * time.Millisecond

// FaultyStore is a store whose calls fail or hang on demand.
type FaultyStore struct {
	store.Store
	fault atomic.Pointer[StoreFault]
}

// StoreFault runs before each call; its error is the call's.
type StoreFault func(ctx context.Context) error

// Works is no fault.
func Works(context.Context) error { return nil }

// Down fails every call.
func Down(context.Context) error { return errors.New("connection refused") }

// Hangs waits until the call's context ends.
func Hangs(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// NewFaultyStore returns a store in memory, without a fault so far.
func NewFaultyStore(tb testing.TB) *FaultyStore {
	tb.Helper()
	s := &FaultyStore{Store: OpenStore(tb, "memory:")}
	s.Set(Works)
	tb.Cleanup(func() { s.Set(Works) })
	return s
}

// Set sets the fault of the calls from now on.
func (s *FaultyStore) Set(f StoreFault) { s.fault.Store(&f) }

func (s *FaultyStore) call(ctx context.Context) error {
	if w, ok := ctx.Value(waitsKey{}).(*waits); ok {
		defer w.begin(ctx)()
	}
	return (*s.fault.Load())(ctx)
}

func (s *FaultyStore) Create(ctx context.Context, r store.Record) (bool, error) {
	if err := s.call(ctx); err != nil {
		return false, err
	}
	return s.Store.Create(ctx, r)
}

func (s *FaultyStore) Find(ctx context.Context, key store.Key) ([]byte, error) {
	if err := s.call(ctx); err != nil {
		return nil, err
	}
	return s.Store.Find(ctx, key)
}

func (s *FaultyStore) Update(ctx context.Context, key store.Key, old, data []byte, expires time.Time) (bool, error) {
	if err := s.call(ctx); err != nil {
		return false, err
	}
	return s.Store.Update(ctx, key, old, data, expires)
}

func (s *FaultyStore) Delete(ctx context.Context, key store.Key) ([]byte, error) {
	if err := s.call(ctx); err != nil {
		return nil, err
	}
	return s.Store.Delete(ctx, key)
}

func (s *FaultyStore) List(ctx context.Context, index store.Key) ([]store.Record, error) {
	if err := s.call(ctx); err != nil {
		return nil, err
	}
	return s.Store.List(ctx, index)
}

func (s *FaultyStore) Publish(ctx context.Context, message string) error {
	if err := s.call(ctx); err != nil {
		return err
	}
	return s.Store.Publish(ctx, message)
}

func (s *FaultyStore) Ping(ctx context.Context) error {
	if err := s.call(ctx); err != nil {
		return err
	}
	return s.Store.Ping(ctx)
}

// CountingStore counts the records created.
type CountingStore struct {
	store.Store
	Created atomic.Int64
}

func (s *CountingStore) Create(ctx context.Context, r store.Record) (bool, error) {
	s.Created.Add(1)
	return s.Store.Create(ctx, r)
}

// waits is how long one request has waited for the store, and how long the
// deadlines of its calls would let it wait at most. The second is independent of
// how busy the machine is.
type waits struct {
	mu            sync.Mutex
	waited, worst time.Duration
}

type waitsKey struct{}

// begin records the start of a call, and end its end.
func (w *waits) begin(ctx context.Context) (end func()) {
	limit := time.Duration(math.MaxInt64 / 2)
	if deadline, ok := ctx.Deadline(); ok {
		limit = time.Until(deadline)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.worst = max(w.worst, w.waited+limit)
	start := time.Now()
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.waited += time.Since(start)
	}
}

// LimitStoreWaits fails the test for each request that might wait for the store
// longer than StoreLimit.
func (a *App) LimitStoreWaits(tb testing.TB) {
	tb.Helper()
	next := a.Handler()
	a.SetHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := new(waits)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), waitsKey{}, m)))
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.worst > StoreLimit {
			tb.Errorf("%s %s: might wait %v for the store, want at most %v", r.Method, r.URL.Path, m.worst, StoreLimit)
		}
	}))
}

// Slow delays every call by about half of StoreLimit. A call whose deadline passes
// meanwhile fails, even on a machine so busy that the delay ends at the same time.
func Slow(ctx context.Context) error {
	select {
	case <-time.After(1200 * time.Millisecond):
	case <-ctx.Done():
	}
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}
