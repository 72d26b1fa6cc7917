package auth

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

func TestSessionActivityIsWrittenOncePerMinute(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		middle   func(*Auth, http.Handler) http.Handler
		signedIn bool
		every    time.Duration
		requests int
		writes   int
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
			s := &storetest.Faulty{Store: openStore(t, "memory:")}
			a, clock := newAuth(t, s)
			var cookies []*http.Cookie
			if c.signedIn {
				cookies = append(cookies, beginSession(t, a, adaRecord()))
			}
			for range c.requests {
				clock.Advance(c.every)
				through(t, func(next http.Handler) http.Handler { return c.middle(a, next) }, cookies)
			}
			if got := s.Count("Update"); got != c.writes {
				t.Errorf("got %d writes for %d requests, one every %s; want %d", got, c.requests, c.every, c.writes)
			}
			if finds := s.Count("Find"); !c.signedIn && finds != 0 {
				t.Errorf("got %d look-ups for someone who is signed out, want none", finds)
			}
		})
	}
}

// Concurrent requests of many tabs after a minute: at least one of them writes, and
// none fails.
func TestSessionActivityOfConcurrentTabs(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		a, clock := newAuth(t, s)
		cookie := beginSession(t, a, adaRecord())
		clock.Advance(2 * touchAfter)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if got, err := FromContext(newTestRequest(t, a, cookie)); got == nil || err != nil {
					t.Errorf("got %v and error %v, want Ada's session", got, err)
				}
			})
		}
		all.Wait()
		session, err := FromContext(through(t, a.Background, []*http.Cookie{cookie}))
		if err != nil || session == nil || !session.ExpiresAt.Equal(clock.Now().Truncate(time.Millisecond).Add(a.config.Idle)) {
			t.Errorf("got %+v and error %v, want a session that ends %s from now", session, err, a.config.Idle)
		}
	})
}

// Background requests do not extend a session, however long they go on.
func TestSessionActivityExcludesBackgroundRequests(t *testing.T) {
	t.Parallel()
	a, clock := newAuth(t, openStore(t, "memory:"), func(c *Config) { c.Idle = time.Hour })
	cookie := beginSession(t, a, adaRecord())
	for range 7 {
		clock.Advance(10 * time.Minute)
		through(t, a.Background, []*http.Cookie{cookie})
	}
	if got := who(t, a, cookie); got != "" {
		t.Errorf("an hour after the last activity: got %s signed in, want signed out", got)
	}
}

// While writes to the store hang, pages still load: recording activity does not
// delay a response.
func TestSessionActivityIsWrittenInBackground(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	a, clock := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	clock.Advance(2 * touchAfter)
	var waited time.Duration
	s.Set(func(ctx context.Context, method string) error {
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
	if got, err := FromContext(newTestRequest(t, a, cookie)); got == nil || err != nil {
		t.Errorf("got %v and error %v, want Ada's session", got, err)
	}
	if left := 3*time.Second - sealed.MaxWait; waited == 0 || waited > left {
		t.Errorf("a write that hangs would be waited for during %s, want at most %s", waited, left)
	}
}
