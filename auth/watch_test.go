package auth_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// disconnectedStore is a store whose subscription receives no messages.
type disconnectedStore struct {
	store.Store
	connected atomic.Pointer[func()]
	finds     atomic.Int64
}

func (d *disconnectedStore) Find(ctx context.Context, key store.Key) ([]byte, error) {
	defer d.finds.Add(1)
	return d.Store.Find(ctx, key)
}

func (d *disconnectedStore) Subscribe(ctx context.Context, connected func(), _ func(string)) error {
	d.connected.Store(&connected)
	<-ctx.Done()
	return context.Cause(ctx)
}

// Sessions that ended while the subscription was disconnected are noticed when it
// reconnects, before the slow poll.
func TestWatchCatchesUpAfterStoreReconnects(t *testing.T) {
	t.Parallel()
	d := &disconnectedStore{Store: handlerstest.OpenStore(t, "memory:")}
	a := handlerstest.StartOn(t, d)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	before := d.finds.Load()
	tab := a.WatchEvents(t, b)
	handlerstest.Eventually(t, "the session is looked up by the request and by the watch", func() bool { return d.finds.Load() >= before+2 })

	other, err := auth.New(a.AuthConfig, d.Store)
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
	case <-time.After(10 * time.Second): // before the slow poll
		t.Error("the tab: got no event, want one within 10 s")
	}
}

// The end of a session by expiry is reported too.
func TestWatchReportsExpiry(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) { c.Idle = 3 * time.Second })
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	if got := <-a.WatchEvents(t, b); got != "ended" {
		t.Errorf("the session expires: got event %q, want %q", got, "ended")
	}
}
