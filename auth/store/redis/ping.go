package redis

import (
	"context"
	"errors"
	"latchkey/auth/store/internal/engine"
	"sync"

	"github.com/redis/go-redis/v9"
)

// redisPing asks by a client of its own, so that it neither waits for the
// connections of requests nor believes in them. A client that has failed is
// replaced: it would remember for a second that nobody answers.
type redisPing struct {
	options redis.UniversalOptions

	mu     sync.Mutex
	client redis.UniversalClient // nil: closed
}

func newRedisPing(options *redis.UniversalOptions) *redisPing {
	p := &redisPing{options: *options}
	p.options.PoolSize, p.options.MaxRetries, p.options.DialTimeout = 1, -1, engine.DialTimeout
	p.client = newRedisClient(&p.options)
	return p
}

// ask sets a key only if it is there, which it never is: a server that cannot be
// written to refuses that, and any other has nothing to write.
func (p *redisPing) ask(ctx context.Context) error {
	p.mu.Lock()
	client := p.client
	p.mu.Unlock()
	if client == nil {
		return redis.ErrClosed
	}
	_, err := withContext(ctx, func() (any, error) {
		return client.Do(ctx, "SET", "latchkey:record:ping", "", "XX", "PX", 1000).Result()
	})
	if err == nil || errors.Is(err, redis.Nil) {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client == client {
		p.client = newRedisClient(&p.options)
		go client.Close()
	}
	return err
}

func (p *redisPing) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	client := p.client
	p.client = nil
	if client == nil {
		return nil
	}
	return client.Close()
}
