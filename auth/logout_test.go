package auth

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

// A provider may retry a logout that failed (section 2.8), with the same token and
// jti. The retry does not count as a replay.
func TestBackChannelLogoutIsRetriedAfterStoreFailure(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string][]string{
		"finding the sessions":                     {"List"},
		"ending one":                               {"Delete"},
		"everything, from the first answer on":     {"List", "Delete", "Update"},
		"everything, from the first question on":   {"Create", "Find", "List", "Delete", "Update"},
		"noting that the logout has been finished": {"Create"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &storetest.Faulty{Store: openStore(t, "memory:")}
			a, _ := newAuth(t, s)
			p, b := newProviderFor(t, a), authtest.NewBrowser(t)
			cookie := signedInAda(t, a, b)
			token := p.LogoutToken(nil)
			s.Set(storetest.Fails(broken...))
			wantCode(t, "with a store that fails", a.BackChannelLogout(t.Context(), "asgardeo", token), StoreUnavailable)
			s.Set(nil)
			if err := a.BackChannelLogout(t.Context(), "asgardeo", token); err != nil {
				t.Errorf("the retry: got error %v, want none", err)
			}
			if got := who(t, a, cookie); got != "" {
				t.Errorf("after the logout: got %s signed in, want signed out", got)
			}
			wantCode(t, "a third time", a.BackChannelLogout(t.Context(), "asgardeo", token), LogoutTokenInvalid)
		})
	}
}

// A retry of a logout by sub ends no session that began after the first try.
func TestBackChannelLogoutRetryKeepsLaterSession(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	a, clock := newAuth(t, s)
	p := newProviderFor(t, a)
	before := signedInAda(t, a, authtest.NewBrowser(t))
	token := p.LogoutToken(func(_, claims map[string]any) { delete(claims, "sid") })
	s.Set(storetest.Fails("Delete"))
	wantCode(t, "with a store that fails", a.BackChannelLogout(t.Context(), "asgardeo", token), StoreUnavailable)
	s.Set(nil)
	clock.Advance(30 * time.Second)
	later := signedInAda(t, a, authtest.NewBrowser(t))
	if err := a.BackChannelLogout(t.Context(), "asgardeo", token); err != nil {
		t.Errorf("the retry: got error %v, want none", err)
	}
	if got := who(t, a, before); got != "" {
		t.Errorf("the session from before the logout: got %s signed in, want signed out", got)
	}
	if got := who(t, a, later); got != authtest.Ada.Subject {
		t.Errorf("the session from after the first try: got %q signed in, want Ada", got)
	}
}

// A logout completes although the provider disconnects.
func TestBackChannelLogoutContinuesAfterDisconnect(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"Create", "List", "Delete"} {
		t.Run("before "+moment, func(t *testing.T) {
			t.Parallel()
			s := &storetest.Faulty{Store: openStore(t, "memory:")}
			a, _ := newAuth(t, s)
			p, b := newProviderFor(t, a), authtest.NewBrowser(t)
			cookie := signedInAda(t, a, b)
			ctx, hangUp := context.WithCancel(t.Context())
			s.Set(func(ctx context.Context, method string) error {
				if method == moment {
					hangUp()
				}
				return ctx.Err()
			})
			if err := a.BackChannelLogout(ctx, "asgardeo", p.LogoutToken(nil)); err != nil {
				t.Errorf("got error %v, want none", err)
			}
			if got := who(t, a, cookie); got != "" {
				t.Errorf("got %s signed in, want signed out", got)
			}
		})
	}
}

// After a rotation in one step, records of the old secret cannot be opened. A logout
// keeps them and logs it, and ends them when the old secret is configured.
func TestBackChannelLogoutKeepsUnreadableSessions(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		before, _ := newAuth(t, s)
		p, b := newProviderFor(t, before), authtest.NewBrowser(t)
		cookie := signedInAda(t, before, b)
		var log bytes.Buffer
		after, _ := newAuth(t, s, func(c *Config) { c.Secret, c.Log = otherSecret, slog.New(slog.NewTextHandler(&log, nil)) })
		setIssuer(after, p.Issuer())
		if err := after.BackChannelLogout(t.Context(), "asgardeo", p.LogoutToken(nil)); err != nil {
			t.Fatal(err)
		}
		if got := who(t, before, cookie); got != authtest.Ada.Subject {
			t.Errorf("where the old secret is known: got %q signed in, want Ada as before", got)
		}
		if !strings.Contains(log.String(), "AUTH_SECRET_1") {
			t.Errorf("got the log %q, want it to name the variable to set", &log)
		}
		if err := before.BackChannelLogout(t.Context(), "asgardeo", p.LogoutToken(nil)); err != nil {
			t.Fatal(err)
		}
		if got := who(t, before, cookie); got != "" {
			t.Errorf("the logout left %s signed in where the old secret is known", got)
		}
	})
}

// A jti is remembered for as long as its token is valid.
func TestBackChannelLogoutRefusesReplayUntilExpiry(t *testing.T) {
	t.Parallel()
	a, clock := newAuth(t, openStore(t, "memory:"))
	p := newProviderFor(t, a)
	token := p.LogoutToken(func(_, claims map[string]any) { claims["exp"] = claims["iat"].(float64) + 23*3600 })
	if err := a.BackChannelLogout(t.Context(), "asgardeo", token); err != nil {
		t.Fatal(err)
	}
	for range 48 {
		wantCode(t, "a replay", a.BackChannelLogout(t.Context(), "asgardeo", token), LogoutTokenInvalid)
		clock.Advance(30 * time.Minute)
	}
}
