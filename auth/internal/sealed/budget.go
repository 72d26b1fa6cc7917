package sealed

import (
	"context"
	"sync"
	"time"
)

const (
	// MaxWait is how long one request waits for the store in all of its calls together,
	// so that it answers within 3 seconds if the store does not.
	MaxWait = 2 * time.Second
	// FastCall is the duration up to which a call does not count, so that a request can
	// make many calls of a healthy store, such as to end many sessions.
	FastCall = 100 * time.Millisecond
)

// Budget counts how long a request has waited for the store.
type Budget struct {
	mu    sync.Mutex
	spent time.Duration
}

// Limit limits one call of the store to what is left. The caller calls done after it.
func (b *Budget) Limit(ctx context.Context) (_ context.Context, done func()) {
	b.mu.Lock()
	left := MaxWait - b.spent
	b.mu.Unlock()
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, left)
	return ctx, func() {
		cancel()
		b.Spend(time.Since(start))
	}
}

// Spend counts the time that a call took.
func (b *Budget) Spend(waited time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if waited > FastCall {
		b.spent += waited
	}
}
