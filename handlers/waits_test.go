package handlers_test

import (
	"context"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// waits is how long one request waits for its store: what it has waited, and
// how long the time limits of its calls would let it wait at worst. So a
// promise can be held to without a watch, which a busy machine puts wrong.
type waits struct {
	mu            sync.Mutex
	waited, worst time.Duration
}

type waitsKey struct{}

// begin is called where a call reaches the store, and what it returns where
// the call is over.
func (w *waits) begin(ctx context.Context) (end func()) {
	limit := time.Duration(math.MaxInt64 / 2)
	if deadline, ok := ctx.Deadline(); ok {
		limit = time.Until(deadline)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.worst = max(w.worst, w.waited+limit)
	begun := time.Now()
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.waited += time.Since(begun)
	}
}

// metered fails the test for each request that might wait for the store longer
// than storeLimit.
func (a *app) metered(tb testing.TB) {
	tb.Helper()
	next := *a.handler.Load()
	var metered http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := new(waits)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), waitsKey{}, m)))
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.worst > storeLimit {
			tb.Errorf("%s %s: might wait %v for the store, want at most %v", r.Method, r.URL.Path, m.worst, storeLimit)
		}
	})
	a.handler.Store(&metered)
}

// slow is a store that takes most of what it may.
func slow(ctx context.Context) error {
	select {
	case <-time.After(1200 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func hangsAfterTheFirst() mood {
	var asked atomic.Bool
	return func(ctx context.Context) error {
		if asked.CompareAndSwap(false, true) {
			return nil
		}
		return hangs(ctx)
	}
}
