package handlers

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Pinger reports whether the session store responds.
type Pinger interface {
	Ping(ctx context.Context) error
}

// GET /healthz reports that the process is alive.
func (a *App) healthz(w http.ResponseWriter, r *http.Request) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// GET /readyz reports whether the app can serve: 503 if the store does not respond or
// the app is stopping. The providers' state is only informational.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) error {
	parts := map[string]string{"store": "ok"}
	status := http.StatusOK
	if !a.ready.check(r.Context()) {
		parts["store"] = "unreachable"
		status = http.StatusServiceUnavailable
	}
	select {
	case <-a.config.Draining:
		parts["app"] = "stopping"
		status = http.StatusServiceUnavailable
	default:
	}
	for _, provider := range a.auth.Providers(r.Context()) {
		parts["provider "+provider.ID] = "ok"
		if provider.Unavailable != "" {
			parts["provider "+provider.ID] = "unreachable"
		}
	}
	return writeJSON(w, status, parts)
}

// readiness remembers for a moment whether the store responds, so that health checks add
// little load to it.
type readiness struct {
	store Pinger

	mu      sync.Mutex
	checked time.Time
	ok      bool
}

const (
	readinessInterval = 200 * time.Millisecond
	readinessTimeout  = 500 * time.Millisecond
)

func (c *readiness) check(ctx context.Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) > readinessInterval {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readinessTimeout) // for all who wait
		defer cancel()
		c.ok = c.store.Ping(ctx) == nil
		c.checked = time.Now()
	}
	return c.ok
}
