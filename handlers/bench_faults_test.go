package handlers_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"sync"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// 10,000 hostile callbacks with 10,000 page views at the same time, and the page
// views alone as the baseline.
func BenchmarkHostileCallbacks(b *testing.B) {
	const visits, workers = 10_000, 8
	a := startQuiet(b)
	person := authtest.NewBrowser(b)
	a.SignIn(b, person, authtest.Ada)
	view := func(int) string { return a.URL + "/profile" }
	hostile := []string{"", "?state=EVILEVILEVILEVIL&code=evil", "?state=a&state=b", "?error=evil&state=%ff%00", "?iss=https%3A%2F%2Fevil.example&code=evil"}
	attack := func(i int) string { return a.URL + "/api/auth/callback/asgardeo" + hostile[i%len(hostile)] }
	before, asked := memory(), a.Provider.Requests(authtest.TokenEndpoint)
	for b.Loop() {
		b.ReportMetric(flood(b, person, visits, workers, view, http.StatusOK), "µs/page-alone")
		var both sync.WaitGroup
		both.Go(func() {
			b.ReportMetric(flood(b, person, visits, workers, attack, http.StatusBadRequest), "µs/hostile-callback")
		})
		both.Go(func() { b.ReportMetric(flood(b, person, visits, workers, view, http.StatusOK), "µs/page-beside") })
		both.Wait()
	}
	b.ReportMetric(float64(memory()-before)/(1<<10), "KB-grown")
	b.ReportMetric(float64(a.Provider.Requests(authtest.TokenEndpoint)-asked), "provider-calls")
}

// flood requests URLs concurrently, and returns the average time of a response in
// microseconds.
func flood(b *testing.B, as *authtest.Browser, visits, workers int, url func(int) string, want int) float64 {
	client := &http.Client{Jar: as.Client.Jar, Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	defer client.CloseIdleConnections()
	start := time.Now()
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < visits; i += workers {
				resp, err := client.Get(url(i))
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.StatusCode != want {
					b.Errorf("%s: got status %d, want %d", url(i), resp.StatusCode, want)
				}
			}
		})
	}
	all.Wait()
	return float64(time.Since(start).Microseconds()) * float64(workers) / float64(visits)
}

// An hour of faults: 3,600 sign-ins, each with a fault.
func BenchmarkAnHourOfFaults(b *testing.B) {
	a := startQuiet(b)
	runFaults(b, a, 50)
	goroutines, before := runtime.NumGoroutine(), memory()
	for b.Loop() {
		runFaults(b, a, 3600)
	}
	b.ReportMetric(float64(memory()-before)/(1<<10), "KB-grown")
	b.ReportMetric(float64(runtime.NumGoroutine()-goroutines), "goroutines-grown")
}

// A fault leaks neither goroutines nor connections.
func TestFaultsLeakNoGoroutines(t *testing.T) {
	a := startQuiet(t)
	runFaults(t, a, 50)
	before := runtime.NumGoroutine()
	runFaults(t, a, 300)
	for deadline := time.Now().Add(2 * time.Minute); runtime.NumGoroutine() > before+5; <-time.After(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("got %d goroutines after 300 more faults, want %d as before", runtime.NumGoroutine(), before)
		}
	}
}

// runFaults begins sign-ins that fail in every way in turn. They do not visit
// the provider's login page: it would keep something of each.
func runFaults(tb testing.TB, a *handlerstest.App, n int) {
	tb.Helper()
	faults := []authtest.Fault{authtest.Status(500), handlerstest.DropConnection, authtest.HTML, authtest.Answer(http.StatusOK, "application/json", "null"), authtest.Huge(2 << 20), handlerstest.RedirectLoop, authtest.OAuthError("invalid_grant")}
	b := authtest.NewBrowser(tb)
	for i := range n {
		a.Provider.Handle(authtest.TokenEndpoint, faults[i%len(faults)])
		to, _ := url.Parse(b.Post(a.URL+"/api/auth/signin/asgardeo", nil).Redirect)
		if page := b.Get(a.URL + "/api/auth/callback/asgardeo?code=evil&state=" + to.Query().Get("state")); page.StatusCode < 400 {
			tb.Errorf("fault %d: got status %d, want an error", i%len(faults), page.StatusCode)
		}
	}
	a.Provider.Handle(authtest.TokenEndpoint, nil)
	http.DefaultClient.CloseIdleConnections()
}

// startQuiet is Start without a log, whose buffer would grow.
func startQuiet(tb testing.TB) *handlerstest.App {
	tb.Helper()
	return handlerstest.Start(tb, func(ac *auth.Config, hc *handlers.Config) {
		ac.Log, hc.Log = slog.New(slog.DiscardHandler), slog.New(slog.DiscardHandler)
	})
}

func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
