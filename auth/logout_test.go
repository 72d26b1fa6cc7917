package auth

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store"
)

// signedInAda signs Ada in through a provider, and returns her session cookie.
func signedInAda(t *testing.T, a *Auth, b *authtest.Browser) *http.Cookie {
	t.Helper()
	query, cookies := toProvider(t, a, b)
	redirect, err := a.Callback(newTestRequest(t, a, cookies...), "asgardeo", query)
	if err != nil {
		t.Fatal(err)
	}
	return named(t, redirect.Cookies, sessionCookie)
}

// A provider tries again when it was told that a logout failed (section 2.8).
// The token is the same, and so is its jti: it must not count as a replay.
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
			s := &fragile{Store: openStore(t, "memory:")}
			a, _ := newAuth(t, s)
			p, b := newProviderFor(t, a), authtest.NewBrowser(t)
			cookie := signedInAda(t, a, b)
			token := p.LogoutToken(nil)
			s.down(broken...)
			wantCode(t, "with a store that fails", a.BackChannelLogout(t.Context(), "asgardeo", token), StoreUnavailable)
			s.down()
			if err := a.BackChannelLogout(t.Context(), "asgardeo", token); err != nil {
				t.Errorf("tried again: got error %v, want none", err)
			}
			if got := who(t, a, cookie); got != "" {
				t.Errorf("after the logout: got %s signed in, want nobody", got)
			}
			wantCode(t, "a third time", a.BackChannelLogout(t.Context(), "asgardeo", token), LogoutTokenInvalid)
		})
	}
}

// Some providers do not wait for the answer. What they have ended ends all the
// same.
func TestBackChannelLogoutContinuesAfterDisconnect(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"Create", "List", "Delete"} {
		t.Run("before "+moment, func(t *testing.T) {
			t.Parallel()
			s := &fragile{Store: openStore(t, "memory:")}
			a, _ := newAuth(t, s)
			p, b := newProviderFor(t, a), authtest.NewBrowser(t)
			cookie := signedInAda(t, a, b)
			ctx, hangUp := context.WithCancel(t.Context())
			s.interfere(func(ctx context.Context, method string) error {
				if method == moment {
					hangUp()
				}
				return ctx.Err()
			})
			if err := a.BackChannelLogout(ctx, "asgardeo", p.LogoutToken(nil)); err != nil {
				t.Errorf("got error %v, want none", err)
			}
			if got := who(t, a, cookie); got != "" {
				t.Errorf("got %s signed in, want nobody", got)
			}
		})
	}
}

// After a rotation in one step the records of the old secret do not open, and
// could as well be another deployment's. A logout leaves them alone, says so in
// the log, and ends them where the old secret is known.
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

// The memory of a jti outlives every moment in which its token would count.
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
		clock.pass(30 * time.Minute)
	}
}
