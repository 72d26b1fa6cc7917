package auth

import (
	"context"
	"sync"
	"time"
)

const (
	// storeBudget is how long one request waits for the store, all of its
	// calls together: a person learns within 3 s that it does not answer.
	storeBudget = 2 * time.Second
	// fastCall is how soon a store answers that is well. Such a call is not
	// counted, so that many of them, as to end many sessions, may follow on
	// each other.
	fastCall = 100 * time.Millisecond
)

// budget is what a request has left of storeTimeout.
type budget struct {
	mu    sync.Mutex
	spent time.Duration
}

func (p *budget) remaining() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return storeBudget - p.spent
}

func (p *budget) spend(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if waited > fastCall {
		p.spent += waited
	}
}

// withBudget bounds a call of the store by what its request has left. A call
// that belongs to no request has all of it.
func withBudget(ctx context.Context) (_ context.Context, done func()) {
	p := &requestFrom(ctx).budget
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, p.remaining())
	return ctx, func() {
		cancel()
		p.spend(time.Since(begun))
	}
}

// withoutRequest is a context for what goes on when the request is over. It takes
// nothing of the request's patience: nobody waits.
func withoutRequest(ctx context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(ctx), requestKey{}, nil)
}
