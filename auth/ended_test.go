package auth

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store"
)

// A session that has ended stays ended. Each case ends Ada's session during one of
// her requests that records activity.
func TestEndedSessionStaysEnded(t *testing.T) {
	t.Parallel()
	ways := map[string]func(t *testing.T, a *Auth, cookie *http.Cookie){
		"by sign-out": func(t *testing.T, a *Auth, cookie *http.Cookie) {
			if _, err := a.SignOut(newTestRequest(t, a, cookie), "/"); err != nil {
				t.Error(err)
			}
		},
		"by a logout of its sid": func(t *testing.T, a *Auth, _ *http.Cookie) {
			if err := a.endAll(t.Context(), a.store.sidIndex(forSession, "asgardeo", "sid-of-ada"), keepNone); err != nil {
				t.Error(err)
			}
		},
		"by a logout of its subject": func(t *testing.T, a *Auth, _ *http.Cookie) {
			if err := a.endAll(t.Context(), a.store.subjectIndex(forSession, "asgardeo", authtest.Ada.Subject), keepNone); err != nil {
				t.Error(err)
			}
		},
	}
	for way, end := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(t *testing.T, s store.Store) {
				t.Run("a slow handler", func(t *testing.T) { aSlowHandlerRevivesNothing(t, s, end) })
				t.Run("between reading and noting activity", func(t *testing.T) { aTouchUnderWayRevivesNothing(t, s, end) })
			})
		})
	}
}

// The handler waits while the session ends, and then writes the session that it
// loaded before.
func aSlowHandlerRevivesNothing(t *testing.T, s store.Store, end func(*testing.T, *Auth, *http.Cookie)) {
	a, clock := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	inside, goOn, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	slow := a.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(inside)
		<-goOn
		clock.pass(2 * touchAfter)
		a.touch(r.Context(), requestFrom(r.Context()).active)
	}))
	go func() {
		defer close(done)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(cookie)
		slow.ServeHTTP(httptest.NewRecorder(), r)
	}()
	<-inside
	end(t, a, cookie)
	close(goOn)
	<-done
	if got := who(t, a, cookie); got != "" {
		t.Errorf("the slow request restored %s's session", got)
	}
}

// The session ends after Middleware has loaded it, and before the activity is
// written.
func aTouchUnderWayRevivesNothing(t *testing.T, s store.Store, end func(*testing.T, *Auth, *http.Cookie)) {
	held := &fragile{Store: s}
	a, clock := newAuth(t, held)
	cookie := beginSession(t, a, adaRecord())
	clock.pass(2 * touchAfter)
	held.interfere(func(_ context.Context, method string) error {
		if method == "Update" {
			held.before.Store(nil) // what ends the session uses the store too
			end(t, a, cookie)
		}
		return nil
	})
	newTestRequest(t, a, cookie)
	if held.updates.Load() == 0 {
		t.Fatal("the request noted no activity: nothing was tried")
	}
	if got := who(t, a, cookie); got != "" {
		t.Errorf("recording activity restored %s's session", got)
	}
}

// Concurrent requests and a sign-out in any order leave the browser signed out.
func TestSignOutDuringRequests(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		a, clock := newAuth(t, s)
		cookie := beginSession(t, a, adaRecord())
		clock.pass(2 * touchAfter)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				if i == 4 {
					if _, err := a.SignOut(newTestRequest(t, a, cookie), "/"); err != nil {
						t.Error(err)
					}
					return
				}
				newTestRequest(t, a, cookie)
			})
		}
		all.Wait()
		if got := who(t, a, cookie); got != "" {
			t.Errorf("after signing out during requests: got %s signed in, want signed out", got)
		}
	})
}

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
			clock.pass(time.Millisecond)
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
			clock.pass(time.Millisecond)
			query, cookies = toProvider(t, a, b)
			redirect, err = a.Callback(newTestRequest(t, a, cookies...), "asgardeo", query)
			if err != nil {
				t.Fatalf("the next sign-in: got error %v, want none", err)
			}
			if got := who(t, a, named(t, redirect.Cookies, sessionCookie)); got != authtest.Ada.Subject {
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
			clock.pass(time.Millisecond)
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
				held := &fragile{Store: s}
				a, clock := newAuth(t, held)
				p, b := newProviderFor(t, a), authtest.NewBrowser(t)
				query, cookies := toProvider(t, a, b)
				clock.pass(time.Millisecond)
				ctx := newTestRequest(t, a, cookies...)
				// The first Create of the callback uses the state, the second creates
				// the session.
				calls := map[string]int{"Create": 1, "List": 0}
				held.interfere(func(_ context.Context, method string) error {
					if method != moment {
						return nil
					}
					if calls[method]--; calls[method] < 0 {
						held.before.Store(nil)
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
				held := &fragile{Store: openStore(t, "memory:")}
				a, clock := newAuth(t, held)
				p, b := newProviderFor(t, a), authtest.NewBrowser(t)
				if !sid {
					p.EditIDToken(func(_, c map[string]any) { delete(c, "sid") })
				}
				query, cookies := toProvider(t, a, b)
				clock.pass(time.Millisecond)
				ctx, calls := newTestRequest(t, a, cookies...), 0
				held.interfere(func(context.Context, string) error {
					if calls++; calls == moment+1 {
						held.before.Store(nil)
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

// A replica without a session's secret can end it, and tabs at other replicas are
// notified at once.
func TestEndOfUnreadableSessionIsPublished(t *testing.T) {
	t.Parallel()
	s := &fragile{Store: openStore(t, "memory:")}
	a, _ := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	ctx := newTestRequest(t, a, cookie)
	looked := make(chan struct{}, 1)
	s.interfere(func(_ context.Context, method string) error {
		looked <- struct{}{}
		return nil
	})
	events, err := a.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	<-looked // its clock stands still, so that it does not look again
	s.before.Store(nil)
	other, _ := newAuth(t, s, func(c *Config) { c.Secret = otherSecret })
	if _, err := other.SignOut(newTestRequest(t, other, cookie), "/"); err != nil {
		t.Fatal(err)
	}
	select {
	case event := <-events:
		if event != Ended {
			t.Errorf("got event %q, want %q", event, Ended)
		}
	case <-time.After(maxCheckInterval / 3):
		t.Error("got no event, want one at once")
	}
}

// During a rotation in one step, a replica cannot open a session that another replica
// has sealed again. Its tabs get no event until the session ends.
func TestWatchIgnoresUnreadableSessions(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	before, _ := newAuth(t, s)
	after, clock := newAuth(t, s, func(c *Config) { c.Secret, c.OldSecrets = otherSecret, []string{testSecret} })
	cookie := beginSession(t, before, adaRecord())
	events, err := before.Watch(newTestRequest(t, before, cookie))
	if err != nil {
		t.Fatal(err)
	}
	clock.pass(2 * touchAfter)
	newTestRequest(t, after, cookie) // notes the activity, and so seals the session anew
	if got := who(t, before, cookie); got != "" {
		t.Fatalf("the replica with the old secret: %s is signed in, want a record that does not open", got)
	}
	if err := before.check(t.Context(), before.store.sessionKey(cookie.Value)); err != nil {
		t.Fatal(err)
	}
	select {
	case event := <-events:
		t.Errorf("an unreadable session: got event %q, want none", event)
	default:
	}
	if _, _, err := after.store.Delete(t.Context(), forSession, before.store.sessionKey(cookie.Value)); err != nil {
		t.Fatal(err)
	}
	if err := before.check(t.Context(), before.store.sessionKey(cookie.Value)); err != nil {
		t.Fatal(err)
	}
	if got := <-events; got != Ended {
		t.Errorf("its end: got event %q, want %q", got, Ended)
	}
}
