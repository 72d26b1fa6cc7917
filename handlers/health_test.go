package handlers_test

import (
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// /readyz reports that a store server fails or recovers, for each engine and each
// kind of failure. How soon it does is TestReadinessFollowsTheStoreWithinASecond's.
func TestReadinessFollowsTheStore(t *testing.T) {
	t.Parallel()
	for engine, start := range map[string]func(testing.TB) *storetest.Server{
		"redis":    func(tb testing.TB) *storetest.Server { return storetest.Redis(tb) },
		"postgres": func(tb testing.TB) *storetest.Server { return storetest.Postgres(tb) },
	} {
		for way, fail := range map[string]func(testing.TB, *storetest.Server) (back func()){
			"hangs":   hangServer,
			"refuses": func(tb testing.TB, s *storetest.Server) func() { s.Crash(); return func() { s.Start(tb) } },
		} {
			t.Run(engine+" "+way, func(t *testing.T) {
				t.Parallel()
				server := start(t)
				t.Cleanup(server.Stop)
				a := handlerstest.StartOn(t, handlerstest.OpenStore(t, server.URL))
				assertReady(t, a, http.StatusOK)
				for range 2 {
					back := fail(t, server)
					assertReady(t, a, http.StatusServiceUnavailable)
					back()
					assertReady(t, a, http.StatusOK)
				}
			})
		}
	}
}

// hangServer suspends all processes of a server.
func hangServer(tb testing.TB, s *storetest.Server) (back func()) {
	tb.Helper()
	output, err := exec.Command("pgrep", "-u", "postgres,root", "-f", s.Command[0]+".*"+portIn(s.URL)).Output()
	if err != nil {
		tb.Fatalf("pgrep: %v", err)
	}
	for pids := strings.Fields(string(output)); len(pids) > 0; {
		children, _ := exec.Command("pgrep", "-P", strings.Join(pids, ",")).Output()
		all := append(pids, strings.Fields(string(children))...)
		signal := func(what syscall.Signal) {
			for _, pid := range all {
				if n, err := strconv.Atoi(pid); err == nil {
					syscall.Kill(n, what)
				}
			}
		}
		signal(syscall.SIGSTOP)
		back = func() { signal(syscall.SIGCONT) }
		tb.Cleanup(back)
		return back
	}
	tb.Fatal("got no process of the server, want one to stop")
	return nil
}

func portIn(url string) string {
	port := url[strings.LastIndex(url, ":")+1:]
	port, _, _ = strings.Cut(port, "/")
	return port
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
