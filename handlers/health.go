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
	for _, offer := range a.auth.Offers(r.Context()) {
		answer["provider "+offer.ID] = "ok"
		if offer.Trouble != "" {
			answer["provider "+offer.ID] = "unreachable"
		}
	}
	return writeJSON(w, status, answer)
}

// readiness remembers for a moment whether the store answers, so that whoever
// may ask for /readyz cannot make it ask the store more often.
type readiness struct {
	store Pinger
	mu    sync.Mutex
	at    time.Time
	ok    bool
}

const (
	readinessMemory = time.Second
	readinessLimit  = 2 * time.Second
)

func (c *readiness) check(ctx context.Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.at) < readinessMemory {
		return c.ok
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readinessLimit)
	defer cancel()
	c.ok = c.store.Ping(ctx) == nil
	c.at = time.Now()
	return c.ok
}
