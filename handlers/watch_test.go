package handlers_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/handlers"
)

// deaf is a store whose messages are lost, until it listens again.
type deaf struct {
	store.Store
	connected atomic.Pointer[func()]
	finds     atomic.Int64
}

func (d *deaf) Find(ctx context.Context, key store.Key) ([]byte, error) {
	defer d.finds.Add(1)
	return d.Store.Find(ctx, key)
}

func (d *deaf) Subscribe(ctx context.Context, connected func(), _ func(string)) error {
	d.connected.Store(&connected)
	<-ctx.Done()
	return context.Cause(ctx)
}

// What other replicas said while the connection to the engine was lost is
// found out as soon as it is back, and not only by the slow poll.
func TestWatchCatchesUpWhenTheStoreIsHeardAgain(t *testing.T) {
	t.Parallel()
	d := &deaf{Store: openStore(t, "memory:")}
	a := startOn(t, d)
	b := authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	before := d.finds.Load()
	tab := a.watch(t, b)
	eventually(t, "the session is looked up for the request, and once more", func() bool { return d.finds.Load() >= before+2 })

	other, err := auth.New(a.authConfig, d.Store)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	heard := d.connected.Load()
	if err := other.BackChannelLogout(t.Context(), "asgardeo", a.Provider.LogoutToken(nil)); err != nil {
		t.Fatal(err)
	}
	(*heard)()
	select {
	case got := <-tab:
		if got != "ended" {
			t.Errorf("the tab: got event %q, want %q", got, "ended")
		}
	case <-time.After(10 * time.Second): // the slow poll comes later
		t.Error("the tab: got nothing, want the event")
	}
}

// A session that nobody ends, ends by itself.
func TestWatchTellsOfExpiry(t *testing.T) {
	t.Parallel()
	a := start(t, func(c *auth.Config, _ *handlers.Config) { c.Idle = 3 * time.Second })
	b := authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	if got := <-a.watch(t, b); got != "ended" {
		t.Errorf("the session expires: got event %q, want %q", got, "ended")
	}
}

// eventually waits until a condition holds, and fails the test when it takes
// longer than anything here should.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("still not so: %s", what)
		}
	}
}
