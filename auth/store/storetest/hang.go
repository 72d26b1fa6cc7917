package storetest

import (
	"context"
	"errors"
	"latchkey/auth/store"
	"testing"
	"time"
)

// soon is how long a method may run after its context is done, on a machine that
// is busy with other tests.
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
	if succeeded := err == nil && (c.name == "Find" || c.name == "List"); !succeeded && !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", c.name, err, want)
	}
}
