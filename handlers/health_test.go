package handlers_test

import (
	"net/http"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// /readyz reports that a store server crashes and is back, for each engine. That a server
// hangs is the stores' own test, and how soon /readyz reports it is
// TestReadinessFollowsTheStoreWithinASecond.
func TestReadinessFollowsTheStore(t *testing.T) {
	t.Parallel()
	for engine, start := range map[string]func(testing.TB) *storetest.Server{
		"redis":    func(tb testing.TB) *storetest.Server { return storetest.Redis(tb) },
		"postgres": func(tb testing.TB) *storetest.Server { return storetest.Postgres(tb) },
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			server := start(t)
			t.Cleanup(server.Stop)
			a := handlerstest.StartOn(t, handlerstest.OpenStore(t, server.URL))
			assertReady(t, a, http.StatusOK)
			for range 2 {
				server.Crash()
				assertReady(t, a, http.StatusServiceUnavailable)
				server.Start(t)
				assertReady(t, a, http.StatusOK)
			}
		})
	}
}

// assertReady polls /readyz until it answers want, and logs how long that took.
func assertReady(t *testing.T, a *handlerstest.App, want int) {
	t.Helper()
	start := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		status := authtest.NewBrowser(t).Get(a.URL + "/readyz").StatusCode
		if status == want {
			t.Logf("/readyz: %d after %v", want, time.Since(start).Round(time.Millisecond))
			return
		}
		if time.Since(start) > 2*time.Minute {
			t.Fatalf("/readyz: still %d after %v, want %d", status, time.Since(start), want)
		}
		<-tick.C
	}
}

// Any number of checks cause a few pings per second, and no checks cause none.
func TestReadinessPingsTheStoreRarely(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
	a := handlerstest.StartOn(t, s)
	if got := s.Calls(); len(got) != 0 {
		t.Errorf("before the first check: got calls %q, want none", got)
	}
	start := time.Now()
	for range 200 {
		assertReady(t, a, http.StatusOK)
	}
	if got, most := len(s.Calls()), 2+int(time.Since(start)/(100*time.Millisecond)); got > most {
		t.Errorf("got %d calls in %v, want at most %d", got, time.Since(start), most)
	}
}
