package auth

import (
	"context"
	"sync"
	"time"

	"latchkey/auth/store"
)

const (
	lease         = 3 * time.Second       // how long a lock outlives a replica that died with it
	renewInterval = lease / 3             // how often a living one renews it
	lockPoll      = 50 * time.Millisecond // how often the others look
)

// lock is a lock that holds across all replicas, as its holder has it. Until it is
// released, its lease is renewed. A holder that was asleep for longer than its
// lease has lost the lock, and can neither renew nor release that of the next one.
type lock struct {
	vault   *sealedStore
	purpose purpose
	key     store.Key
	stop    context.CancelFunc
	renewer sync.WaitGroup

	mu     sync.Mutex
	sealed []byte // the lock as the store has it
}

// lock takes a lock; nil where somebody else has it.
func (v *sealedStore) lock(ctx context.Context, p purpose, key store.Key) (*lock, error) {
	sealed, err := v.create(ctx, p, key, recordParts{}, time.Now().Add(lease))
	if err != nil || sealed == nil {
		return nil, err
	}
	renewals, stop := context.WithCancel(withoutRequest(ctx))
	l := &lock{vault: v, purpose: p, key: key, stop: stop, sealed: sealed}
	l.renewer.Go(func() { l.renew(renewals) })
	return l, nil
}

// renew renews the lease for as long as ctx lives.
func (l *lock) renew(ctx context.Context) {
	tick := time.NewTicker(renewInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.isHeld(ctx) // should it fail, the next one may succeed
		}
	}
}

// isHeld renews the lease, and so reports whether nobody else has had the lock since
// it was taken.
func (l *lock) isHeld(ctx context.Context) (bool, error) {
	return l.replace(ctx, time.Now().Add(lease))
}

// release gives the lock back. Should that fail, the lease runs out.
func (l *lock) release(ctx context.Context) {
	l.stop()
	l.renewer.Wait()
	l.replace(withoutRequest(ctx), time.Now())
}

func (l *lock) replace(ctx context.Context, expires time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	next, err := l.vault.update(ctx, l.purpose, l.key, l.sealed, recordParts{}, expires)
	if err != nil || next == nil {
		return false, err
	}
	l.sealed = next
	return true, nil
}
