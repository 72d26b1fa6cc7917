package auth

import (
	"context"
	"testing"

	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

// A disconnect after Sign Out does not stop it.
func TestSignOutContinuesAfterDisconnect(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	a, _ := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	ctx, leave := context.WithCancel(newTestRequest(t, a, cookie))
	s.Set(func(ctx context.Context, method string) error {
		if method == "Delete" {
			leave()
		}
		return ctx.Err()
	})
	if _, err := a.SignOut(ctx, "/"); err != nil {
		t.Errorf("got error %v, want none", err)
	}
	if got := who(t, a, cookie); got != "" {
		t.Errorf("got %s signed in, want signed out", got)
	}
}

// After a rotation in one step, Sign Out ends a session that cannot be opened with the
// new secret.
func TestSignOutEndsUnreadableSession(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		before, _ := newAuth(t, s)
		after, _ := newAuth(t, s, func(c *Config) { c.Secret = otherSecret })
		cookie := beginSession(t, before, adaRecord())
		if got := who(t, after, cookie); got != "" {
			t.Fatalf("with another secret: got %s signed in, want signed out", got)
		}
		if _, err := after.SignOut(newTestRequest(t, after, cookie), "/"); err != nil {
			t.Fatal(err)
		}
		if got := who(t, before, cookie); got != "" {
			t.Errorf("signed out, and yet %s is signed in where the old secret is known", got)
		}
	})
}

func TestSignOutFailsWhileStoreIsDown(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Find", "Delete"} {
		s := &storetest.Faulty{Store: openStore(t, "memory:")}
		a, _ := newAuth(t, s)
		cookie := beginSession(t, a, adaRecord())
		s.Set(storetest.Fails(method))
		redirect, err := a.SignOut(newTestRequest(t, a, cookie), "/")
		wantCode(t, "with "+method+" failing", err, StoreUnavailable)
		if len(redirect.Cookies) != 0 {
			t.Errorf("with %s failing: got cookies %v, want the session's left alone", method, redirect.Cookies)
		}
		s.Set(nil)
		if got := who(t, a, cookie); got == "" {
			t.Errorf("with %s failing: the session has ended although Sign Out failed", method)
		}
	}
}
