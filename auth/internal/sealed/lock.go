package sealed

import (
	"context"
	"time"

	"latchkey/auth/store"
)

// lease is how long a lock outlives its holder. It is longer than any holder works: a
// refresh of tokens, and then saving them while the store does not answer.
const lease = 20 * time.Second

// LockPoll is how often to try again to take a lock that another replica holds.
const LockPoll = 50 * time.Millisecond

// Lock is a lock across all replicas, as its holder has it. A holder that was suspended for
// longer than the lease has lost the lock, and can neither renew nor release the next
// holder's.
type Lock struct {
	store   *Store
	purpose Purpose
	key     store.Key
	sealed  []byte // the lock as the store has it
}

// Lock takes a lock, or returns nil if it is taken. The lock may outlive ctx.
func (v *Store) Lock(ctx context.Context, p Purpose, key store.Key) (*Lock, error) {
	sealed, err := v.Create(ctx, p, key, Parts{}, time.Now().Add(lease))
	if err != nil || sealed == nil {
		return nil, err
	}
	return &Lock{v, p, key, sealed}, nil
}

// Held renews the lease, and so reports whether the lock has been held without a
// gap since it was taken.
func (l *Lock) Held(ctx context.Context) (bool, error) {
	return l.replace(ctx, time.Now().Add(lease))
}

// Release releases the lock. If that fails, the lease runs out.
func (l *Lock) Release() { l.replace(context.Background(), time.Now()) }

func (l *Lock) replace(ctx context.Context, expires time.Time) (bool, error) {
	next, err := l.store.Update(ctx, l.purpose, l.key, l.sealed, Parts{}, expires)
	if err != nil || next == nil {
		return false, err
	}
	l.sealed = next
	return true, nil
}
