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
// did. Until release is called, its lease is renewed.
func (v *vault) lock(ctx context.Context, p purpose, key store.Key) (release func(), taken bool, err error) {
	taken, err = v.create(ctx, p, key, nil, time.Now().Add(lease))
	if err != nil || !taken {
		return nil, false, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var renewing sync.WaitGroup
	renewing.Go(func() { v.renew(ctx, p, key) })
	return func() {
		cancel()
		renewing.Wait()
		v.delete(context.WithoutCancel(ctx), p, key) // should it fail, the lease runs out
	}, true, nil
}

// renew keeps a lock's lease from running out, for as long as ctx lives.
func (v *vault) renew(ctx context.Context, p purpose, key store.Key) {
	tick := time.NewTicker(renewal)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		_, sealed, err := v.find(ctx, p, key)
		if err == nil && sealed != nil {
			v.update(ctx, p, key, sealed, nil, time.Now().Add(lease))
		}
	}
}
