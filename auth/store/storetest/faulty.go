package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"latchkey/auth/store"
)

// ErrDown is the error of a store that Fails.
var ErrDown = errors.New("the store is down")

// Faulty is a store around another one. It counts the calls, and makes them fail,
// hang or wait on demand. Without a fault it does what the other store does.
type Faulty struct {
	store.Store

	mu         sync.Mutex
	fault      Fault
	calls      []string
	reconnects []func()
}

// Fault runs before each call of a method ("Create", "Find", …), and before
// Subscribe passes a message on ("Subscribe"). If it returns an error, the call
// fails with it, or the message is lost.
type Fault func(ctx context.Context, method string) error

// Fails makes these methods fail, or all if none is given.
func Fails(methods ...string) Fault {
	return func(_ context.Context, method string) error {
		if covers(methods, method) {
			return ErrDown
		}
		return nil
	}
}

// Hangs makes these methods wait until their context ends, or all if none is given.
func Hangs(methods ...string) Fault {
	return func(ctx context.Context, method string) error {
		if covers(methods, method) {
			<-ctx.Done()
		}
		return ctx.Err()
	}
}

// Delays makes every call wait. A call whose deadline passes meanwhile fails, even
// on a machine so busy that the delay ends at the same time.
func Delays(delay time.Duration) Fault {
	return func(ctx context.Context, _ string) error {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
		}
		if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
			return context.DeadlineExceeded
		}
		return ctx.Err()
	}
}

// covers reports whether a fault of these methods is one of this method.
func covers(methods []string, method string) bool {
	return len(methods) == 0 || slices.Contains(methods, method)
}

// Set sets the fault of the calls from now on; nil means none.
func (s *Faulty) Set(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Calls returns the methods called so far, in order.
func (s *Faulty) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Count returns how many times a method has been called so far.
func (s *Faulty) Count(method string) (count int) {
	for _, called := range s.Calls() {
		if called == method {
			count++
		}
	}
	return count
}

// Reconnect makes every Subscribe call connected again, as after an interruption.
func (s *Faulty) Reconnect() {
	s.mu.Lock()
	reconnects := slices.Clone(s.reconnects)
	s.mu.Unlock()
	for _, connected := range reconnects {
		connected()
	}
}

// check returns the error of the present fault. It holds no lock while the fault
// runs, because a fault may set another one or call the store.
func (s *Faulty) check(ctx context.Context, method string) error {
	s.mu.Lock()
	fault := s.fault
	s.mu.Unlock()
	if fault == nil {
		return nil
	}
	return fault(ctx, method)
}

// call counts a call and returns the error of the present fault.
func (s *Faulty) call(ctx context.Context, method string) error {
	s.mu.Lock()
	s.calls = append(s.calls, method)
	s.mu.Unlock()
	return s.check(ctx, method)
}

func (s *Faulty) Create(ctx context.Context, r store.Record) (bool, error) {
	if err := s.call(ctx, "Create"); err != nil {
		return false, err
	}
	return s.Store.Create(ctx, r)
}

func (s *Faulty) Find(ctx context.Context, key store.Key) ([]byte, error) {
	if err := s.call(ctx, "Find"); err != nil {
		return nil, err
	}
	return s.Store.Find(ctx, key)
}

func (s *Faulty) Update(ctx context.Context, key store.Key, old, data []byte, expires time.Time) (bool, error) {
	if err := s.call(ctx, "Update"); err != nil {
		return false, err
	}
	return s.Store.Update(ctx, key, old, data, expires)
}

func (s *Faulty) Delete(ctx context.Context, key store.Key) ([]byte, error) {
	if err := s.call(ctx, "Delete"); err != nil {
		return nil, err
	}
	return s.Store.Delete(ctx, key)
}

func (s *Faulty) List(ctx context.Context, index store.Key) ([]store.Record, error) {
	if err := s.call(ctx, "List"); err != nil {
		return nil, err
	}
	return s.Store.List(ctx, index)
}

func (s *Faulty) Scan(ctx context.Context, visit func(store.Record) error) error {
	if err := s.call(ctx, "Scan"); err != nil {
		return err
	}
	return s.Store.Scan(ctx, visit)
}

func (s *Faulty) Publish(ctx context.Context, message string) error {
	if err := s.call(ctx, "Publish"); err != nil {
		return err
	}
	return s.Store.Publish(ctx, message)
}

func (s *Faulty) Subscribe(ctx context.Context, connected func(), receive func(message string)) error {
	s.mu.Lock()
	s.reconnects = append(s.reconnects, connected)
	s.mu.Unlock()
	return s.Store.Subscribe(ctx, connected, func(message string) {
		if s.check(ctx, "Subscribe") == nil {
			receive(message)
		}
	})
}

func (s *Faulty) Ping(ctx context.Context) error {
	if err := s.call(ctx, "Ping"); err != nil {
		return err
	}
	return s.Store.Ping(ctx)
}
