package handlers

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Pinger is what readiness is asked of.
type Pinger interface {
	Ping(ctx context.Context) error
}

// GET /healthz
func (a *app) healthz(w http.ResponseWriter, r *http.Request) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// GET /readyz
func (a *app) readyz(w http.ResponseWriter, r *http.Request) error {
	answer := map[string]string{"store": "ok"}
	status := http.StatusOK
	if !a.ready.check(r.Context()) {
		answer["store"] = "unreachable"
		status = http.StatusServiceUnavailable
	}
	select {
	case <-a.draining:
		answer["app"] = "stopping"
		status = http.StatusServiceUnavailable
	default:
	}
	for _, offer := range a.auth.Providers(r.Context()) {
		answer["provider "+offer.ID] = "ok"
		if offer.Unavailable != "" {
			answer["provider "+offer.ID] = "unreachable"
		}
	}
	return writeJSON(w, status, answer)
}

// readiness is whether the store answers: from memory, so that no question waits
// for it, and nobody makes us ask it more often. It is asked in the background for
// as long as somebody wants to know.
type readiness struct {
	store    Pinger
	stopping <-chan struct{} // nil: never

	mu    sync.Mutex
	asked time.Time     // when somebody last wanted to know
	known chan struct{} // closed once there is an answer; nil: nobody asks the store
	ok    bool
}

// A failure is noticed within readinessPause and readinessLimit together.
const (
	readinessPause = 200 * time.Millisecond
	readinessLimit = 500 * time.Millisecond
	readinessIdle  = time.Minute // after which, with no more questions, the store is left in peace
)

func (c *readiness) check(ctx context.Context) bool {
	c.mu.Lock()
	c.asked = time.Now()
	known := c.known
	if known == nil {
		known = make(chan struct{})
		c.known = known
		go c.watch(known)
	}
	c.mu.Unlock()
	select {
	case <-known:
	case <-ctx.Done():
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ok
}

// watch asks the store again and again. It closes known with the first answer.
func (c *readiness) watch(known chan struct{}) {
	for first := true; ; first = false {
		ok := c.ping()
		c.mu.Lock()
		c.ok = ok
		if first {
			close(known)
		}
		idle := time.Since(c.asked) > readinessIdle
		if idle {
			c.known = nil
		}
		c.mu.Unlock()
		if idle {
			return
		}
		select {
		case <-time.After(readinessPause):
		case <-c.stopping:
			return
		}
	}
}

func (c *readiness) ping() (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), readinessLimit)
	defer cancel()
	return c.store.Ping(ctx) == nil
}
