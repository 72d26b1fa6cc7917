package auth

import (
	"context"
	"errors"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

// With write access to the store, a person could copy another's session to their own
// key.
func TestSealedStoreRecordUnderAnotherKeyDoesNotOpen(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	a, clock := newAuth(t, s)
	victim, thief := beginSession(t, a, adaRecord()), "thief-thief-thief-thief-thief-thief-thief-t"
	data, err := s.Find(t.Context(), a.store.sessionKey(victim.Value))
	if err != nil {
		t.Fatal(err)
	}
	moved := store.Record{Key: a.store.sessionKey(thief), Data: data, Expires: clock.Now().Add(time.Hour)}
	if created, err := s.Create(t.Context(), moved); !created || err != nil {
		t.Fatalf("got %t and error %v, want the record made", created, err)
	}
	if got := who(t, a, a.cookies.New(sessionCookie, thief, time.Hour)); got != "" {
		t.Errorf("got %s signed in with a moved record, want signed out", got)
	}
}

// A store that hangs or fails makes every call fail with StoreUnavailable.
func TestSealedStoreTimesOut(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	clock := authtest.NewClock()
	v := newTestStore(s, clock)
	key := v.sessionKey("token")
	calls := map[string]func(context.Context) error{
		"create": func(ctx context.Context) error {
			_, err := v.Create(ctx, forSession, key, sealed.Parts{}, clock.Now())
			return err
		},
		"use once": func(ctx context.Context) error { _, err := v.UseOnce(ctx, forSession, clock.Now(), "x"); return err },
		"find":     func(ctx context.Context) error { _, _, err := v.Find(ctx, forSession, key); return err },
		"update": func(ctx context.Context) error {
			_, err := v.Update(ctx, forSession, key, nil, sealed.Parts{}, clock.Now())
			return err
		},
		"delete": func(ctx context.Context) error { _, _, err := v.Delete(ctx, forSession, key); return err },
		"list":   func(ctx context.Context) error { _, err := v.List(ctx, forSession, key); return err },
	}
	for name, call := range calls {
		s.Set(func(ctx context.Context, _ string) error {
			deadline, ok := ctx.Deadline()
			if !ok || time.Until(deadline) > sealed.MaxWait {
				t.Errorf("%s: got deadline %v, %t; want one within %s", name, deadline, ok, sealed.MaxWait)
			}
			return context.DeadlineExceeded
		})
		wantCode(t, name+" of a store that hangs", call(t.Context()), StoreUnavailable)
		s.Set(func(context.Context, string) error { return storetest.ErrDown })
		err := call(t.Context())
		wantCode(t, name+" of a store that is down", err, StoreUnavailable)
		if !errors.Is(err, storetest.ErrDown) {
			t.Errorf("%s: got error %v, want it to keep the cause", name, err)
		}
	}
}

func TestIndexKeysDependOnProvider(t *testing.T) {
	t.Parallel()
	v := newTestStore(nil, authtest.NewClock())
	keys := map[store.Key]string{}
	for name, key := range map[string]store.Key{
		"sid of one":          v.sidIndex(forSession, "one", "x"),
		"sid of two":          v.sidIndex(forSession, "two", "x"),
		"sub of one":          v.subjectIndex(forSession, "one", "x"),
		"sub of two":          v.subjectIndex(forSession, "two", "x"),
		"logout sid of one":   v.sidIndex(forLogout, "one", "x"),
		"logout sub of one":   v.subjectIndex(forLogout, "one", "x"),
		"a session's own key": v.sessionKey("x"),
		"a used value":        v.Key(forSession, "claim", "x"),
	} {
		if other, taken := keys[key]; taken {
			t.Errorf("%s and %s have the same key", name, other)
		}
		keys[key] = name
	}
}
