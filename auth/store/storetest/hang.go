package storetest

import (
	"context"
	"errors"
	"latchkey/auth/store"
	"slices"
	"testing"
	"time"
)

// soon is how long a method may run after its context is done, on a machine that is
// busy with other tests.
const soon = time.Second

func methodsReturnWhenTheEngineHangs(t *testing.T, open func(testing.TB) (s store.Store, hang, resume func())) {
	s, hang, resume := open(t)
	r, fresh := AnyRecord(AnyKey()), AnyRecord()
	WantCreated(t, s, r, true)
	hang()
	for _, c := range calls(s, r, fresh) {
		wantReturn(t, c, context.WithTimeout, context.DeadlineExceeded)
		wantReturn(t, c, canceledAfter, context.Canceled)
	}
	resume()
	Eventually(t, "the store recovers by itself", func() bool { return s.Ping(t.Context()) == nil })
}

// PingsOverSlowNetwork tests that Ping succeeds although connecting takes longer than one
// ping may, as readiness checks do. The URL leads through the proxy.
func PingsOverSlowNetwork(t *testing.T, s store.Store, p *Proxy) {
	p.Slow()
	Eventually(t, "a ping succeeds", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		return s.Ping(ctx) == nil
	})
}

// contextMaker returns a context that ends after a while.
type contextMaker func(parent context.Context, after time.Duration) (context.Context, context.CancelFunc)

// canceledAfter returns a context without a deadline. Some clients watch only the deadline.
func canceledAfter(parent context.Context, after time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	time.AfterFunc(after, cancel)
	return ctx, cancel
}

func wantReturn(t *testing.T, c call, limited contextMaker, want error) {
	t.Helper()
	const timeout = 100 * time.Millisecond
	ctx, cancel := limited(t.Context(), timeout)
	defer cancel()
	started := time.Now()
	err := c.do(ctx)
	if took := time.Since(started); took > timeout+soon {
		t.Errorf("%s: returned after %v, want soon after %v", c.name, took, timeout)
	}
	// SQLite's readers do not wait for its writers, and so may succeed.
	if succeeded := err == nil && slices.Contains([]string{"Find", "List", "Scan"}, c.name); !succeeded && !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", c.name, err, want)
	}
}

// call is a call of a method, except of Subscribe.
type call struct {
	name string
	do   func(context.Context) error
}

func calls(s store.Store, r, fresh store.Record) []call {
	return []call{
		{"Create", func(ctx context.Context) error { _, err := s.Create(ctx, fresh); return err }},
		{"Find", func(ctx context.Context) error { _, err := s.Find(ctx, r.Key); return err }},
		{"Update", func(ctx context.Context) error {
			_, err := s.Update(ctx, r.Key, r.Data, []byte("new"), r.Expires)
			return err
		}},
		{"Delete", func(ctx context.Context) error { _, err := s.Delete(ctx, r.Key); return err }},
		{"List", func(ctx context.Context) error { _, err := s.List(ctx, r.Index[0]); return err }},
		{"Scan", func(ctx context.Context) error {
			return s.Scan(ctx, func(store.Record) error { return nil })
		}},
		{"Publish", func(ctx context.Context) error { return s.Publish(ctx, "a message") }},
		{"Ping", s.Ping},
	}
}
