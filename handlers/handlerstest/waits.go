package handlerstest

import (
	"context"
	"math"
	"net/http"
	"sync"
	"testing"
	"time"

	"latchkey/auth/store/storetest"
)

// storeLimit is how long a request may wait for the store, so that its response
// arrives within 3 s.
const storeLimit = 2500 * time.Millisecond

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

// LimitStoreWaits sets the store's fault, and fails the test for each request that
// might then wait for the store longer than storeLimit.
func (a *App) LimitStoreWaits(tb testing.TB, s *storetest.Faulty, fault storetest.Fault) {
	tb.Helper()
	s.Set(func(ctx context.Context, method string) error {
		if w, ok := ctx.Value(waitsKey{}).(*waits); ok {
			defer w.begin(ctx)()
		}
		return fault(ctx, method)
	})
	next := a.Handler()
	a.SetHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := new(waits)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), waitsKey{}, m)))
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.worst > storeLimit {
			tb.Errorf("%s %s: might wait %v for the store, want at most %v", r.Method, r.URL.Path, m.worst, storeLimit)
		}
	}))
}
