package sealed

import (
	"context"
	"sync"
	"time"

	"latchkey/auth/store"
)

const (
	lease         = 3 * time.Second // how long a lock outlives its holder
	renewInterval = lease / 3
)

// LockPoll is how often to try again to take a lock that another replica holds.
const LockPoll = 50 * time.Millisecond

// Lock is a lock across all replicas, as its holder has it. Its lease is renewed
// until it is released. A holder that was suspended for longer than the lease has
// lost the lock, and can neither renew nor release the next holder's.
type Lock struct {
	store   *Store
	purpose Purpose
	key     store.Key
	stop    context.CancelFunc
	renewer sync.WaitGroup

	mu     sync.Mutex
	sealed []byte // the lock as the store has it
}

// Lock takes a lock, or returns nil if it is taken. The lock may outlive ctx: renewing and
// releasing it do not use ctx.
func (v *Store) Lock(ctx context.Context, p Purpose, key store.Key) (*Lock, error) {
	sealed, err := v.Create(ctx, p, key, Parts{}, time.Now().Add(lease))
	if err != nil || sealed == nil {
		return nil, err
	}
	renewals, stop := context.WithCancel(context.Background())
	l := &Lock{store: v, purpose: p, key: key, stop: stop, sealed: sealed}
	l.renewer.Go(func() { l.renew(renewals) })
	return l, nil
}

func (l *Lock) renew(ctx context.Context) {
	tick := time.NewTicker(renewInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.Held(ctx) // if it fails, the next one may succeed
		}
	}
}

// Held renews the lease, and so reports whether the lock has been held without a
// gap since it was taken.
func (l *Lock) Held(ctx context.Context) (bool, error) {
	return l.replace(ctx, time.Now().Add(lease))
}

// Release releases the lock. If that fails, the lease runs out.
func (l *Lock) Release() {
	l.stop()
	l.renewer.Wait()
	l.replace(context.Background(), time.Now())
}

func (l *Lock) replace(ctx context.Context, expires time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	next, err := l.store.Update(ctx, l.purpose, l.key, l.sealed, Parts{}, expires)
	if err != nil || next == nil {
		return false, err
	}
	l.sealed = next
	return true, nil
}
