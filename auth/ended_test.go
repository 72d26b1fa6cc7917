package auth

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/internal/watch"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
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
			if _, err := a.endAll(t.Context(), a.store.sidIndex(forSession, "asgardeo", "sid-of-ada"), ByProvider, nil); err != nil {
				t.Error(err)
			}
		},
		"by a logout of its subject": func(t *testing.T, a *Auth, _ *http.Cookie) {
			if _, err := a.endAll(t.Context(), a.store.subjectIndex(forSession, "asgardeo", authtest.Ada.Subject), ByProvider, nil); err != nil {
				t.Error(err)
			}
		},
	}
	for way, end := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(t *testing.T, s store.Store) {
				t.Run("a slow handler", func(t *testing.T) { endDuringSlowHandler(t, s, end) })
				t.Run("between reading and noting activity", func(t *testing.T) { endDuringActivityWrite(t, s, end) })
			})
		})
	}
}

// The handler waits while the session ends, and then writes the session that it
// loaded before.
func endDuringSlowHandler(t *testing.T, s store.Store, end func(*testing.T, *Auth, *http.Cookie)) {
	a, clock := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	inside, goOn, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	slow := a.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(inside)
		<-goOn
		clock.Advance(2 * touchAfter)
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
func endDuringActivityWrite(t *testing.T, s store.Store, end func(*testing.T, *Auth, *http.Cookie)) {
	faulty := &storetest.Faulty{Store: s}
	a, clock := newAuth(t, faulty)
	cookie := beginSession(t, a, adaRecord())
	clock.Advance(2 * touchAfter)
	faulty.Set(func(_ context.Context, method string) error {
		if method == "Update" {
			faulty.Set(nil) // what ends the session uses the store too
			end(t, a, cookie)
		}
		return nil
	})
	newTestRequest(t, a, cookie)
	if faulty.Count("Update") == 0 {
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
		clock.Advance(2 * touchAfter)
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

// A replica without a session's secret can end it, and tabs at other replicas are
// notified at once.
func TestEndOfUnreadableSessionIsPublished(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	a, _ := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	ctx := newTestRequest(t, a, cookie)
	looked := make(chan struct{}, 1)
	s.Set(func(_ context.Context, method string) error {
		looked <- struct{}{}
		return nil
	})
	events, err := a.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	<-looked // its clock stands still, so that it does not look again
	s.Set(nil)
	other, _ := newAuth(t, s, func(c *Config) { c.Secret = otherSecret })
	if _, err := other.SignOut(newTestRequest(t, other, cookie), "/"); err != nil {
		t.Fatal(err)
	}
	select {
	case event := <-events:
		if event != Ended {
			t.Errorf("got event %q, want %q", event, Ended)
		}
	case <-time.After(watch.MaxCheckInterval / 3):
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
	clock.Advance(2 * touchAfter)
	newTestRequest(t, after, cookie) // stores the activity, and so seals the session again
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

// A person who closes the page still ends all of the sessions that they wanted to.
func TestSessionsEndAfterBrowserDisconnects(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(context.Context, *Auth, string) error{
		"one":        func(ctx context.Context, a *Auth, id string) error { return a.EndSession(ctx, id) },
		"all others": func(ctx context.Context, a *Auth, _ string) error { return a.EndOtherSessions(ctx) },
	} {
		for _, moment := range []string{"List", "Delete"} {
			t.Run(name+", during "+moment, func(t *testing.T) {
				t.Parallel()
				s := &storetest.Faulty{Store: openStore(t, "memory:")}
				a, _ := newAuth(t, s)
				ctx, disconnect := context.WithCancel(newTestRequest(t, a, beginSession(t, a, adaRecord())))
				other := adaRecord()
				cookie := beginSession(t, a, other)
				s.Set(func(_ context.Context, method string) error {
					if method == moment {
						disconnect()
					}
					return nil
				})
				if err := end(ctx, a, other.PublicID); err != nil {
					t.Errorf("got error %v, want none", err)
				}
				if got := who(t, a, cookie); got != "" {
					t.Error("the session has not ended")
				}
			})
		}
	}
}
