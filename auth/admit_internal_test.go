package auth

import (
	"context"
	"slices"
	"testing"

	"latchkey/auth/authtest"
)

// What Admit got stays as it was: it may still be read while the sign-in continues.
func TestAdmitGetsACopy(t *testing.T) {
	t.Parallel()
	var admitted *Session
	a, _ := newAuth(t, openStore(t, "memory:"), func(c *Config) {
		c.Admit = func(_ context.Context, s *Session) error {
			admitted = s
			return nil
		}
	})
	newProviderFor(t, a)
	signedInAda(t, a, authtest.NewBrowser(t))
	if got := len(admitted.Timeline()); got != 0 {
		t.Errorf("after the sign-in, the session that Admit got has %d steps, want none, as before", got)
	}
}

// Whatever the hook returns, the event has a reason that EventKinds lists.
func TestAdmitFailureIsEmittedAsRefusal(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(disconnect func()) error{
		"Refuse":                   func(func()) error { return Refuse("Not today.") },
		"an error of this package": func(func()) error { return errorf(StoreUnavailable, "", "the hook's own call") },
		"a canceled query": func(disconnect func()) error {
			disconnect()
			return context.Canceled
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var disconnect func()
			var refused []Reason
			a, _ := newAuth(t, openStore(t, "memory:"), func(c *Config) {
				c.Admit = func(context.Context, *Session) error { return answer(disconnect) }
				c.OnEvent = func(_ context.Context, e Event) {
					if e.Kind == EventSignInRefused {
						refused = append(refused, e.Reason)
					}
				}
			})
			newProviderFor(t, a)
			query, cookies := toProvider(t, a, authtest.NewBrowser(t))
			ctx, cancel := context.WithCancel(newTestRequest(t, a, cookies...))
			disconnect = cancel
			if _, err := a.Callback(ctx, "asgardeo", query); err == nil {
				t.Error("the sign-in: got no error")
			}
			if !slices.Equal(refused, EventKinds()[EventSignInRefused]) {
				t.Errorf("got refusals with the reasons %q, want %q", refused, EventKinds()[EventSignInRefused])
			}
		})
	}
}
