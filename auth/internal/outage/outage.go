// Package outage notices when a service stops answering, and when it answers again.
package outage

import (
	"sync"
	"sync/atomic"
	"time"
)

// steadyTime is how long nothing may fail until a service counts as available again: one
// that answers every other call goes down once, not many times.
const steadyTime = time.Second

// Detector finds the start and the end of each outage of one service, once over all
// concurrent calls.
type Detector struct {
	Now func() time.Time

	down     atomic.Bool // so that a success costs nothing while the service is available
	mu       sync.Mutex
	failing  map[string]struct{} // the parts whose last call failed
	failedAt time.Time           // the last failure
}

// Failed reports whether a failed call of a part starts an outage.
func (d *Detector) Failed(part string) (started bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failing == nil {
		d.failing = map[string]struct{}{}
	}
	d.failing[part], d.failedAt = struct{}{}, d.Now()
	return !d.down.Swap(true)
}

// Succeeded reports whether a successful call of a part ends an outage.
func (d *Detector) Succeeded(part string) (ended bool) {
	if !d.down.Load() {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.failing, part)
	steady := len(d.failing) == 0 && d.Now().Sub(d.failedAt) >= steadyTime
	return steady && d.down.Swap(false)
}
