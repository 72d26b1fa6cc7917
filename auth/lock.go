package auth

import (
	"context"
	"sync"
	"time"

	"latchkey/auth/store"
)

const (
	lease   = 3 * time.Second       // how long a lock outlives a replica that died with it
	renewal = lease / 3             // how often a living one renews it
	lockTry = 50 * time.Millisecond // how often the others look
)

// lock takes a lock that holds across all replicas, and reports whether it
// did. Until release is called, its lease is renewed. A holder that was asleep
// for longer than its lease has lost the lock, and can neither renew nor release
// that of the next one.
func (v *vault) lock(ctx context.Context, p purpose, key store.Key) (release func(), taken bool, err error) {
	held, err := v.create(ctx, p, key, content{}, time.Now().Add(lease))
	if err != nil || held == nil {
		return nil, false, err
	}
	ctx = detached(ctx)
	renewals, stop := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { held = v.renew(renewals, p, key, held) })
	return func() {
		stop()
		renewing.Wait()
		v.update(ctx, p, key, held, content{}, time.Now()) // should it fail, the lease runs out
	}, true, nil
}

// renew keeps a lock's lease from running out, for as long as ctx lives, and
// returns the lock as it is sealed then.
func (v *vault) renew(ctx context.Context, p purpose, key store.Key, held []byte) []byte {
	tick := time.NewTicker(renewal)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return held
		case <-tick.C:
		}
		if next, err := v.update(ctx, p, key, held, content{}, time.Now().Add(lease)); err == nil && next != nil {
			held = next
		}
	}
}
