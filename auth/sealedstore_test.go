package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth/store"
)

func TestSealedStoreHidesKeysAndValues(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	clock := newClock()
	v := newTestVault(s, clock)
	key := v.sessionKey("token")
	if _, err := v.create(t.Context(), forSession, key, recordParts{details: []byte("a refresh token")}, clock.time().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	raw, err := s.Find(t.Context(), key)
	if err != nil || raw == nil || strings.Contains(string(raw), "refresh") {
		t.Errorf("the store holds %q (error %v), want something sealed", raw, err)
	}
}

// A sealed record that somebody moves to another key, as who can write to the
// store might, does not open there: nobody becomes someone else.
func TestSealedStoreRecordUnderAnotherKeyDoesNotOpen(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	a, clock := newAuth(t, s)
	victim, thief := beginSession(t, a, adaRecord()), "thief-thief-thief-thief-thief-thief-thief-t"
	sealed, err := s.Find(t.Context(), a.store.sessionKey(victim.Value))
	if err != nil {
		t.Fatal(err)
	}
	moved := store.Record{Key: a.store.sessionKey(thief), Data: sealed, Expires: clock.time().Add(time.Hour)}
	if created, err := s.Create(t.Context(), moved); !created || err != nil {
		t.Fatalf("got %t and error %v, want the record made", created, err)
	}
	if got := who(t, a, a.cookie(sessionCookie, thief, time.Hour)); got != "" {
		t.Errorf("got %s signed in with a moved record, want nobody", got)
	}
}

func TestSealedStoreUsesOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		clock := newClock()
		var won atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			replica := newTestVault(s, clock)
			all.Go(func() {
				first, err := replica.useOnce(t.Context(), forSignIn, clock.time().Add(time.Hour), "state")
				if err != nil {
					t.Error(err)
				}
				if first {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("got %d winners, want 1", won.Load())
		}
	})
}

// A store that hangs is given up, and every call says that the store failed.
func TestSealedStoreTimesOut(t *testing.T) {
	t.Parallel()
	s := &fragile{Store: openStore(t, "memory:")}
	clock := newClock()
	v := newTestVault(s, clock)
	key := v.sessionKey("token")
	calls := map[string]func(context.Context) error{
		"create": func(ctx context.Context) error {
			_, err := v.create(ctx, forSession, key, recordParts{}, clock.time())
			return err
		},
		"claim": func(ctx context.Context) error { _, err := v.useOnce(ctx, forSession, clock.time(), "x"); return err },
		"find":  func(ctx context.Context) error { _, _, err := v.find(ctx, forSession, key); return err },
		"update": func(ctx context.Context) error {
			_, err := v.update(ctx, forSession, key, nil, recordParts{}, clock.time())
			return err
		},
		"delete": func(ctx context.Context) error { _, _, err := v.delete(ctx, forSession, key); return err },
		"list":   func(ctx context.Context) error { _, err := v.list(ctx, forSession, key); return err },
	}
	for name, call := range calls {
		s.interfere(func(ctx context.Context, _ string) error {
			deadline, ok := ctx.Deadline()
			if !ok || time.Until(deadline) > storeBudget {
				t.Errorf("%s: got deadline %v, %t; want one within %s", name, deadline, ok, storeBudget)
			}
			return context.DeadlineExceeded
		})
		wantCode(t, name+" of a store that hangs", call(t.Context()), StoreUnavailable)
		s.interfere(func(context.Context, string) error { return errStoreDown })
		err := call(t.Context())
		wantCode(t, name+" of a store that is down", err, StoreUnavailable)
		if !errors.Is(err, errStoreDown) {
			t.Errorf("%s: got error %v, want it to keep the cause", name, err)
		}
	}
}
