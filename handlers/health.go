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
func (a *app) healthz(w http.ResponseWriter, r *http.Request) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// GET /readyz reports whether the app can serve: 503 if the store does not respond or
// the app is stopping. The providers' state is only informational.
func (a *app) readyz(w http.ResponseWriter, r *http.Request) error {
	parts := map[string]string{"store": "ok"}
	status := http.StatusOK
	if !a.ready.check(r.Context()) {
		parts["store"] = "unreachable"
		status = http.StatusServiceUnavailable
	}
	select {
	case <-a.draining:
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

// readiness caches whether the store responds, so that health checks do not wait for
// it and add no load to it. A goroutine pings it as long as checks keep coming.
type readiness struct {
	store    Pinger
	stopping <-chan struct{} // optional

	mu      sync.Mutex
	checked time.Time     // the last check
	known   chan struct{} // closed after the first ping; nil while no goroutine runs
	ok      bool
}

// A failure is noticed within the interval and the timeout together.
const (
	readinessInterval = 200 * time.Millisecond
	readinessTimeout  = 500 * time.Millisecond
	readinessIdle     = time.Minute // pinging stops this long after the last check
)

func (c *readiness) check(ctx context.Context) bool {
	c.mu.Lock()
	c.checked = time.Now()
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

// watch pings the store repeatedly. It closes known after the first ping.
func (c *readiness) watch(known chan struct{}) {
	for first := true; ; first = false {
		ok := c.ping()
		c.mu.Lock()
		c.ok = ok
		if first {
			close(known)
		}
		idle := time.Since(c.checked) > readinessIdle
		if idle {
			c.known = nil
		}
		c.mu.Unlock()
		if idle {
			return
		}
		select {
		case <-time.After(readinessInterval):
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
	ctx, cancel := context.WithTimeout(context.Background(), readinessTimeout)
	defer cancel()
	return c.store.Ping(ctx) == nil
}
