package auth

import (
	"context"
	"sync"
	"time"
)

const (
	// storeTimeout is how long one request waits for the store, all of its
	// calls together: a person learns within 3 s that it does not answer.
	storeTimeout = 2 * time.Second
	// prompt is how soon a store answers that is well. Such a call is not
	// counted, so that many of them, as to end many sessions, may follow on
	// each other.
	prompt = 100 * time.Millisecond
)

// patience is what a request has left of storeTimeout.
type patience struct {
	mu    sync.Mutex
	spent time.Duration
}

func (p *patience) left() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return storeTimeout - p.spent
}

func (p *patience) spend(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if waited > prompt {
		p.spent += waited
	}
}

// patiently bounds a call of the store by what its request has left. A call
// that belongs to no request has all of it.
func patiently(ctx context.Context) (_ context.Context, done func()) {
	p := &visitOf(ctx).patience
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, p.left())
	return ctx, func() {
		cancel()
		p.spend(time.Since(begun))
	}
}

// detached is a context for what goes on when the request is over. It takes
// nothing of the request's patience: nobody waits.
func detached(ctx context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(ctx), visitKey{}, nil)
}
