package auth

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
	"latchkey/auth/store"
)

func TestActivityIsWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		middle   func(*Auth, http.Handler) http.Handler
		signedIn bool
		every    time.Duration
		requests int
		writes   int64
	}{
		{"busy", (*Auth).Middleware, true, time.Second, 600, 10},
		{"every 61 seconds", (*Auth).Middleware, true, 61 * time.Second, 10, 10},
		{"within the first minute", (*Auth).Middleware, true, time.Second, 59, 0},
		{"signed out", (*Auth).Middleware, false, time.Minute, 10, 0},
		{"in the background", (*Auth).Background, true, time.Minute, 10, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &fragile{Store: openStore(t, "memory:")}
			a, clock := newAuth(t, s)
			var cookies []*http.Cookie
			if c.signedIn {
				cookies = append(cookies, beginSession(t, a, adaRecord()))
			}
			for range c.requests {
				clock.pass(c.every)
				through(t, func(next http.Handler) http.Handler { return c.middle(a, next) }, cookies)
			}
			if got := s.updates.Load(); got != c.writes {
				t.Errorf("got %d writes for %d requests, one every %s; want %d", got, c.requests, c.every, c.writes)
			}
			if finds := s.finds.Load(); !c.signedIn && finds != 0 {
				t.Errorf("got %d look-ups for someone who is signed out, want none", finds)
			}
		})
	}
}

// Many tabs at once, after a minute: one of them writes, or a few of them at
// the same moment, and none fails.
func TestActivityOfManyTabsAtOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		a, clock := newAuth(t, s)
		cookie := beginSession(t, a, adaRecord())
		clock.pass(2 * touchAfter)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if got, err := FromContext(request(t, a, cookie)); got == nil || err != nil {
					t.Errorf("got %v and error %v, want Ada's session", got, err)
				}
			})
		}
		all.Wait()
		session, err := FromContext(through(t, a.Background, []*http.Cookie{cookie}))
		if err != nil || session == nil || !session.Ends.Equal(clock.time().Truncate(time.Millisecond).Add(a.idle)) {
			t.Errorf("got %+v and error %v, want a session that ends %s from now", session, err, a.idle)
		}
	})
}

func TestIdleAndAbsoluteEnd(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name       string
		idle, life time.Duration
		waits      []time.Duration // between the requests of a person
		signedIn   bool            // at the last of them
	}{
		{"a moment before the idle end", time.Hour, 24 * time.Hour, []time.Duration{time.Hour - time.Second}, true},
		{"at the idle end", time.Hour, 24 * time.Hour, []time.Duration{time.Hour}, false},
		{"activity moves the idle end", time.Hour, 24 * time.Hour, []time.Duration{50 * time.Minute, 50 * time.Minute, 50 * time.Minute}, true},
		{"activity of less than a minute ago does not", time.Hour, 24 * time.Hour, []time.Duration{30 * time.Second, time.Hour - 30*time.Second}, false},
		{"no activity moves the absolute end", time.Hour, 2 * time.Hour, []time.Duration{50 * time.Minute, 50 * time.Minute, 20 * time.Minute}, false},
		{"a moment before the absolute end", time.Hour, 2 * time.Hour, []time.Duration{50 * time.Minute, 50 * time.Minute, 19 * time.Minute}, true},
		{"an idle life longer than the absolute one", 48 * time.Hour, time.Hour, []time.Duration{time.Hour}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, clock := newAuth(t, openStore(t, "memory:"), func(config *Config) { config.Idle, config.MaxAge = c.idle, c.life })
			cookie := beginSession(t, a, adaRecord())
			var got *Session
			for _, wait := range c.waits {
				clock.pass(wait)
				got, _ = FromContext(request(t, a, cookie))
			}
			if (got != nil) != c.signedIn {
				t.Errorf("got session %+v, want one: %t", got, c.signedIn)
			}
			if got != nil && got.Ends.After(got.Until) {
				t.Errorf("it ends %s, after its absolute end %s", got.Ends, got.Until)
			}
		})
	}
}

// What was read before somebody else changed or ended the session is not
// written over it.
func TestWriteOfWhatHasChangedOrEnded(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*testing.T, *Auth, store.Key){
		"changed": func(t *testing.T, a *Auth, key store.Key) {
			if err := a.change(t.Context(), key, func(r *record) { r.AccessToken = "theirs" }); err != nil {
				t.Fatal(err)
			}
		},
		"ended": func(t *testing.T, a *Auth, key store.Key) {
			if _, err := a.finish(t.Context(), key, Ended); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(t *testing.T, s store.Store) {
				a, _ := newAuth(t, s)
				key := sessionKey(beginSession(t, a, adaRecord()).Value)
				mine, sealed, err := a.stored(t.Context(), key)
				if err != nil {
					t.Fatal(err)
				}
				meanwhile(t, a, key)
				before, _ := s.Find(t.Context(), key)
				if written, err := a.write(t.Context(), key, sealed, mine); written != nil || err != nil {
					t.Errorf("got written %t and error %v, want neither", written != nil, err)
				}
				after, _ := s.Find(t.Context(), key)
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("what was overtaken was written: want -, got +\n%s", diff)
				}
			})
		})
	}
}

// Where somebody has tampered with the half that no page needs, pages come all
// the same, and whoever needs that half has nothing: no token, no group.
func TestSessionWhoseRestDoesNotOpen(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	a, clock := newAuth(t, s)
	ada := adaRecord()
	ada.AccessToken, ada.IDToken, ada.Claims = "access token", "id token", `{"groups":"admins"}`
	cookie := beginSession(t, a, ada)
	key := sessionKey(cookie.Value)
	good, _ := s.Find(t.Context(), key)
	bad := bytes.Clone(good)
	_, rest := halves(bad)
	rest[0]++
	if updated, err := s.Update(t.Context(), key, good, bad, clock.time().Add(time.Hour)); !updated || err != nil {
		t.Fatalf("got updated %t and error %v, want the record tampered with", updated, err)
	}
	clock.pass(2 * touchAfter)
	ctx := request(t, a, cookie)
	session, err := FromContext(ctx)
	if err != nil || session == nil || session.User.Subject != ada.Subject {
		t.Fatalf("got %+v and error %v, want Ada's session", session, err)
	}
	if session.InGroup("admins") || len(session.Claims()) > 0 || len(session.Story()) > 0 {
		t.Errorf("got claims %v and story %v, want none", session.Claims(), session.Story())
	}
	_, err = a.accessToken(ctx, visitOf(ctx).live)
	wantCode(t, "the access token", err, SessionEnded)
	wantCode(t, "a change", a.NameDevice(ctx, "a name"), SessionEnded)
	if after, _ := s.Find(t.Context(), key); !bytes.Equal(after, bad) {
		t.Error("the half that does not open was written over")
	}
}

// Scripts and streams that ask for hours do not keep anyone signed in.
func TestBackgroundIsNoActivity(t *testing.T) {
	t.Parallel()
	a, clock := newAuth(t, openStore(t, "memory:"), func(c *Config) { c.Idle = time.Hour })
	cookie := beginSession(t, a, adaRecord())
	for range 7 {
		clock.pass(10 * time.Minute)
		through(t, a.Background, []*http.Cookie{cookie})
	}
	if got := who(t, a, cookie); got != "" {
		t.Errorf("an hour after the last activity: got %s signed in, want nobody", got)
	}
}

func TestSessionCookieLastsUntilTheAbsoluteEnd(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"), func(c *Config) { c.Idle, c.MaxAge = time.Hour, 100*time.Hour })
	newProviderFor(t, a)
	cookie := signedInAda(t, a, authtest.NewBrowser(t))
	if want := int((100 * time.Hour).Seconds()); cookie.MaxAge != want {
		t.Errorf("got Max-Age %d, want %d", cookie.MaxAge, want)
	}
}

// Every sign-in draws a new token, whatever the browser sends along: none can
// be planted beforehand. The session that it replaces ends properly.
func TestSignInReplacesTheSession(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		a, _ := newAuth(t, s)
		p, b := newProviderFor(t, a), authtest.NewBrowser(t)
		old := signedInAda(t, a, b)
		query, cookies := toProvider(t, a, b, old)
		redirect, err := a.Callback(request(t, a, cookies...), "asgardeo", query)
		if err != nil {
			t.Fatal(err)
		}
		fresh := named(t, redirect.Cookies, sessionCookie)
		if fresh.Value == old.Value {
			t.Error("the new session has the old one's token")
		}
		if got := who(t, a, old); got != "" {
			t.Errorf("the replaced session: got %s signed in, want nobody", got)
		}
		if got := who(t, a, fresh); got != authtest.Ada.Subject {
			t.Errorf("the new session: got %q signed in, want Ada", got)
		}
		a.Close()
		if got := len(p.Revoked()); got != 1 {
			t.Errorf("got %d tokens revoked, want the replaced session's refresh token", got)
		}
	})
}

func TestPlantedSessionTokenIsNotTakenOver(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	newProviderFor(t, a)
	planted := a.cookie(sessionCookie, "planted-planted-planted-planted-planted-pla", time.Hour)
	if len(planted.Value) != sessionTokenLength {
		t.Fatalf("the planted token has %d characters, want %d", len(planted.Value), sessionTokenLength)
	}
	query, cookies := toProvider(t, a, authtest.NewBrowser(t), planted)
	redirect, err := a.Callback(request(t, a, cookies...), "asgardeo", query)
	if err != nil {
		t.Fatal(err)
	}
	if got := named(t, redirect.Cookies, sessionCookie); got.Value == planted.Value {
		t.Error("the session has the planted token")
	}
	if got := who(t, a, planted); got != "" {
		t.Errorf("with the planted token: got %s signed in, want nobody", got)
	}
}

// Where only writes hang, pages come all the same: activity is worth no wait
// that would use up the 3 s in which a person gets an answer.
func TestActivityIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	s := &fragile{Store: openStore(t, "memory:")}
	a, clock := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	clock.pass(2 * touchAfter)
	var waited time.Duration
	s.interfere(func(ctx context.Context, method string) error {
		if method != "Update" {
			return nil
		}
		deadline, ok := ctx.Deadline()
		if !ok {
			t.Error("the write has no deadline")
		}
		waited = time.Until(deadline)
		return context.DeadlineExceeded
	})
	if got, err := FromContext(request(t, a, cookie)); got == nil || err != nil {
		t.Errorf("got %v and error %v, want Ada's session", got, err)
	}
	if left := 3*time.Second - storeTimeout; waited == 0 || waited > left {
		t.Errorf("a write that hangs would be waited for during %s, want at most %s", waited, left)
	}
}

func TestRecordThatNoLongerDecodesIsSignedOut(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	a, clock := newAuth(t, s)
	cookie := a.cookie(sessionCookie, "token-token-token-token-token-token-token-t", time.Hour)
	key := sessionKey(cookie.Value)
	for name, plain := range map[string][]byte{"nothing": {}, "a later version": {codecVersion + 1, 0}, "not ours": []byte("gob or worse")} {
		if _, err := a.vault.create(t.Context(), forSession, key, content{front: plain}, clock.time().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := who(t, a, cookie); got != "" {
			t.Errorf("%s: got %s signed in, want nobody", name, got)
		}
		if _, deleted, err := a.vault.delete(t.Context(), forSession, key); !deleted || err != nil {
			t.Errorf("%s: the record is gone (error %v), want it left alone", name, err)
		}
	}
}

func TestStoreThatFailsIsNotSignedOut(t *testing.T) {
	t.Parallel()
	s := &fragile{Store: openStore(t, "memory:")}
	a, _ := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	s.down("Find")
	session, err := FromContext(request(t, a, cookie))
	wantCode(t, "with a store that fails", err, StoreUnavailable)
	if session != nil || !errors.Is(err, errStoreDown) {
		t.Errorf("got session %v and error %v, want none and the store's", session, err)
	}
	s.down()
	if got := who(t, a, cookie); got != authtest.Ada.Subject {
		t.Errorf("when the store is back: got %q signed in, want Ada", got)
	}
}
