package auth_test

import (
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// Sessions that ended while the subscription was disconnected are noticed when it
// reconnects, before the slow poll.
func TestWatchCatchesUpAfterStoreReconnects(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
	s.Set(storetest.Fails("Subscribe"))
	a := handlerstest.StartOn(t, s)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	before := s.Count("Find")
	tab := a.WatchEvents(t, b)
	handlerstest.Eventually(t, "the session is looked up by the request and by the watch", func() bool { return s.Count("Find") >= before+2 })

	other, err := auth.New(a.AuthConfig, s.Store)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	if err := other.BackChannelLogout(t.Context(), "asgardeo", a.Provider.LogoutToken(nil)); err != nil {
		t.Fatal(err)
	}
	s.Reconnect()
	select {
	case got := <-tab:
		if got != "ended" {
			t.Errorf("the tab: got event %q, want %q", got, "ended")
		}
	case <-time.After(10 * time.Second): // before the slow poll
		t.Error("the tab: got no event, want one within 10 s")
	}
}
