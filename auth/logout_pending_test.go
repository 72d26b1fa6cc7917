package auth

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

func TestBackChannelLogoutStopsPendingSignIn(t *testing.T) {
	t.Parallel()
	noSID := func(_, claims map[string]any) { delete(claims, "sid") }
	for name, c := range map[string]struct {
		edit    func(map[string]any)
		idToken func(header, claims map[string]any)
	}{
		"by sid and sub":                   {func(map[string]any) {}, nil},
		"by sid":                           {func(claims map[string]any) { delete(claims, "sub") }, nil},
		"by sub":                           {func(claims map[string]any) { delete(claims, "sid") }, nil},
		"by sub, of a sign-in without sid": {func(claims map[string]any) { delete(claims, "sid") }, noSID},
		"by sid and sub, of a sign-in without sid":  {func(map[string]any) {}, noSID},
		"by an unknown sid, of one without its own": {func(claims map[string]any) { claims["sid"] = "unknown" }, noSID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, clock := newAuth(t, openStore(t, "memory:"))
			p, b := newProviderFor(t, a), authtest.NewBrowser(t)
			p.EditIDToken(c.idToken)
			query, cookies := toProvider(t, a, b)
			clock.Advance(time.Millisecond)
			token := p.LogoutToken(func(_, claims map[string]any) { c.edit(claims) })
			if err := a.BackChannelLogout(t.Context(), "asgardeo", token); err != nil {
				t.Fatal(err)
			}
			redirect, err := a.Callback(newTestRequest(t, a, cookies...), "asgardeo", query)
			wantCode(t, "the overtaken sign-in", err, SignedOutMeanwhile)
			for _, c := range redirect.Cookies {
				if !strings.HasPrefix(c.Name, signInCookie) { // that marks the state as used
					t.Errorf("the overtaken sign-in set the cookie %v", c)
				}
			}

			// The same second, by the provider's clock and nearly by ours.
			clock.Advance(time.Millisecond)
			if got := who(t, a, signedInAda(t, a, b)); got != authtest.Ada.Subject {
				t.Errorf("after the next sign-in: got %q signed in, want Ada", got)
			}
		})
	}
}

// A logout of one session at the provider does not stop the pending sign-in of
// another.
func TestBackChannelLogoutOfAnotherSIDKeepsPendingSignIn(t *testing.T) {
	t.Parallel()
	for name, lacking := range map[string]string{"a sign-in with its own sid": "", "a sign-in without sid, while a session has the logout's": "sid"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, clock := newAuth(t, openStore(t, "memory:"))
			p := newProviderFor(t, a)
			signedInAda(t, a, authtest.NewBrowser(t))
			sid := p.Sessions()[0].SID
			p.EditIDToken(func(_, c map[string]any) { delete(c, lacking) })
			query, cookies := toProvider(t, a, authtest.NewBrowser(t))
			clock.Advance(time.Millisecond)
			if err := a.BackChannelLogout(t.Context(), "asgardeo", p.LogoutToken(func(_, c map[string]any) { c["sid"] = sid })); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Callback(newTestRequest(t, a, cookies...), "asgardeo", query); err != nil {
				t.Errorf("the sign-in: got error %v, want none", err)
			}
		})
	}
}

// The logout arrives right before the session is written, or right after, before the
// check for logouts. It ends the session in both cases.
func TestBackChannelLogoutConcurrentWithCallback(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"Create", "List"} {
		t.Run("before the sign-in's "+moment, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(t *testing.T, s store.Store) {
				faulty := &storetest.Faulty{Store: s}
				a, clock := newAuth(t, faulty)
				p, b := newProviderFor(t, a), authtest.NewBrowser(t)
				query, cookies := toProvider(t, a, b)
				clock.Advance(time.Millisecond)
				ctx := newTestRequest(t, a, cookies...)
				// The first Create of the callback uses the state, the second creates
				// the session.
				calls := map[string]int{"Create": 1, "List": 0}
				faulty.Set(func(_ context.Context, method string) error {
					if method != moment {
						return nil
					}
					if calls[method]--; calls[method] < 0 {
						faulty.Set(nil)
						if err := a.BackChannelLogout(t.Context(), "asgardeo", p.LogoutToken(nil)); err != nil {
							t.Error(err)
						}
					}
					return nil
				})
				_, err := a.Callback(ctx, "asgardeo", query)
				wantCode(t, "the sign-in that its logout meets", err, SignedOutMeanwhile)
				left, err := a.store.List(t.Context(), forSession, a.store.subjectIndex(forSession, "asgardeo", authtest.Ada.Subject))
				if err != nil || len(left) != 0 {
					t.Errorf("got %d sessions left and error %v, want none", len(left), err)
				}
				a.Close()
				if got := p.Requests(authtest.RevocationEndpoint); got == 0 {
					t.Error("the refresh token was not revoked")
				}
			})
		})
	}
}

// A callback may complete at any moment during the logout, before any of its calls of
// the store: the session ends in every case.
func TestCallbackDuringBackChannelLogout(t *testing.T) {
	t.Parallel()
	for name, sid := range map[string]bool{"with a sid": true, "without a sid": false} {
		for moment := range 6 {
			t.Run(fmt.Sprintf("%s, before call %d", name, moment), func(t *testing.T) {
				t.Parallel()
				faulty := &storetest.Faulty{Store: openStore(t, "memory:")}
				a, clock := newAuth(t, faulty)
				p, b := newProviderFor(t, a), authtest.NewBrowser(t)
				if !sid {
					p.EditIDToken(func(_, c map[string]any) { delete(c, "sid") })
				}
				query, cookies := toProvider(t, a, b)
				clock.Advance(time.Millisecond)
				ctx, calls := newTestRequest(t, a, cookies...), 0
				faulty.Set(func(context.Context, string) error {
					if calls++; calls == moment+1 {
						faulty.Set(nil)
						a.Callback(ctx, "asgardeo", query) // succeeds or not, as it comes before the logout or amid it
					}
					return nil
				})
				if err := a.BackChannelLogout(t.Context(), "asgardeo", p.LogoutToken(nil)); err != nil {
					t.Error(err)
				}
				left, err := a.store.List(t.Context(), forSession, a.store.subjectIndex(forSession, "asgardeo", authtest.Ada.Subject))
				if err != nil || len(left) != 0 {
					t.Errorf("got %d sessions left and error %v, want none", len(left), err)
				}
			})
		}
	}
}
