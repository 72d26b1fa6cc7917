package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
)

// startedWithMetrics returns a program that serves metrics, and their URL.
func startedWithMetrics(t *testing.T) (p *program, url string) {
	t.Helper()
	p = newProgram(t)
	p.Env["METRICS_ADDR"] = "127.0.0.1:0"
	p.start(t)
	var found []string
	eventually(t, "the log names the URL of the metrics", func() bool {
		found = regexp.MustCompile(`"serving metrics","url":"([^"]+)"`).FindStringSubmatch(p.Log.String())
		return found != nil
	})
	return p, found[1]
}

func scrape(tb testing.TB, url string) string {
	tb.Helper()
	resp, err := onlyOnce.Get(url)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		tb.Fatalf("the metrics: got status %d and error %v, want 200", resp.StatusCode, err)
	}
	return string(text)
}

// series returns the names and labels in a scrape, without their values.
func series(scraped string) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(scraped) {
		if name := line[:max(strings.LastIndex(line, " "), 0)]; !strings.HasPrefix(line, "#") {
			all[name] = true
		}
	}
	return all
}

// promtool runs a command of Prometheus' own tool.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	storetest.Need(t, "promtool", "prometheus")
	cmd := exec.CommandContext(t.Context(), "promtool", args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %q: %v\n%s", args, err, out)
	}
}

func TestMetricsCountWhatHappens(t *testing.T) {
	t.Parallel()
	p, url := startedWithMetrics(t)
	b := authtest.NewBrowser(t)
	p.signIn(t, b, authtest.Ada)
	b.Get(p.URL + "/api/auth/callback/asgardeo?state=unknown&code=x")
	b.Post(p.URL+"/api/auth/signout", nil)
	scraped := scrape(t, url)
	for _, want := range []string{
		`latchkey_events_total{event="signed_in",provider="asgardeo",reason=""} 1`,
		`latchkey_events_total{event="sign_in_failed",provider="asgardeo",reason="state_unknown"} 1`,
		`latchkey_events_total{event="refresh_failed",provider="asgardeo",reason="provider_fault"} 0`,
		`latchkey_events_total{event="store_unavailable",provider="",reason=""} 0`,
		`latchkey_sessions_started_total{provider="asgardeo"} 1`,
		`latchkey_sessions_ended_total{reason="person"} 1`,
		`latchkey_http_requests_total{code="303",method="GET",route="/api/auth/callback/{provider}"} 1`,
		`latchkey_http_requests_total{code="400",method="GET",route="/api/auth/callback/{provider}"} 1`,
		`latchkey_provider_request_duration_seconds_count{endpoint="token",provider="asgardeo",result="ok"} 1`,
		`latchkey_provider_request_duration_seconds_count{endpoint="discovery",provider="asgardeo",result="ok"} 1`,
		`latchkey_store_request_duration_seconds_count{operation="delete",result="ok"} 1`,
		`latchkey_event_streams 0`, `latchkey_store_up 1`, `latchkey_provider_up{provider="asgardeo"} 1`,
		"go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(scraped, want) {
			t.Errorf("the metrics have no line %s", want)
		}
	}
	for _, personal := range []string{"ada@", "Ada", authtest.Ada.Subject, "127.0.0"} {
		if strings.Contains(scraped, personal) {
			t.Errorf("the metrics contain %q", personal)
		}
	}
	if t.Failed() {
		t.Log(scraped)
	}
	promtool(t, scraped, "check", "metrics")
}

// Whatever a client sends, it adds no series.
func TestHostileRequestsAddNoSeries(t *testing.T) {
	t.Parallel()
	p, url := startedWithMetrics(t)
	b := authtest.NewBrowser(t)
	attack := func(round int) {
		for i := range 20 {
			x := fmt.Sprintf("x%d%d", round, i)
			for _, path := range []string{"/" + x, "/profile/" + x, "/api/auth/" + x, "/api/auth/callback/" + x, "/assets/" + x, "/api/auth/assets/" + x, "/?" + x, "/%7B" + x} {
				b.Get(p.URL + path)
			}
			for _, path := range []string{"/api/auth/signin/" + x, "/api/auth/backchannel-logout/" + x, "/api/auth/backchannel-logout/asgardeo", "/profile/sessions/" + x + "/end", "/" + x} {
				b.Post(p.URL+path, map[string][]string{"logout_token": {x}})
			}
			b.Get(p.URL + "/api/auth/callback/asgardeo?error=" + x + "&state=" + x)
			r, err := http.NewRequestWithContext(t.Context(), strings.ToUpper(x), p.URL+"/"+x, nil)
			if err != nil {
				t.Fatal(err)
			}
			if resp, err := onlyOnce.Do(r); err == nil {
				resp.Body.Close()
			}
		}
	}
	attack(1)
	before := series(scrape(t, url))
	attack(2)
	for name := range series(scrape(t, url)) {
		if !before[name] {
			t.Errorf("a new series: %s", name)
		}
		if strings.Contains(name, `x1`) || strings.Contains(name, "X1") {
			t.Errorf("a series with text from a request: %s", name)
		}
	}
}

// Labels outside of the fixed sets count as "other", as from a hook of the app.
func TestUnknownLabelsCountAsOther(t *testing.T) {
	t.Parallel()
	m := newMetrics([]auth.Provider{{ID: "asgardeo"}})
	for i := range 50 {
		x := fmt.Sprint(i)
		m.event(t.Context(), auth.Event{Kind: auth.EventKind(x), Reason: auth.Reason(x), Provider: x})
		m.event(t.Context(), auth.Event{Kind: auth.EventSignInFailed, Reason: auth.Reason(x), Provider: "asgardeo"})
		m.event(t.Context(), auth.Event{Kind: auth.EventSessionEnded, Reason: auth.Reason(x), Provider: x})
		m.event(t.Context(), auth.Event{Kind: auth.EventProviderUnavailable, Provider: x})
		m.providerCall(x, "token", i, time.Second)
		m.request("/", http.MethodGet, 1000+i, time.Second)
	}
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.Metric {
			for _, label := range metric.Label {
				if regexp.MustCompile(`^\d+$`).MatchString(label.GetValue()) {
					t.Errorf("%s: got the label %s=%q, want %q", family.GetName(), label.GetName(), label.GetValue(), other)
				}
			}
		}
	}
}

// The metrics listener ends with the app, and does not exist without METRICS_ADDR.
func TestMetricsListener(t *testing.T) {
	t.Parallel()
	p, url := startedWithMetrics(t)
	p.stop(t)
	if resp, err := onlyOnce.Get(url); err == nil {
		resp.Body.Close()
		t.Error("the metrics are served after the end of the app")
	}
	if log := started(t).Log.String(); strings.Contains(log, "metrics") {
		t.Errorf("without METRICS_ADDR: got the log\n%s, want none about metrics", log)
	}
}

func TestMetricsAddressProblemsAreReported(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, address := range []string{"9090", ":9090", "localhost", "localhost:http", "127.0.0.1:99999", "x:y:z", taken.Addr().String()} {
		p := newProgram(t)
		p.Env["METRICS_ADDR"] = address
		if said := failed(t, p.Env, address != taken.Addr().String()); !strings.Contains(said, "METRICS_ADDR: ") {
			t.Errorf("METRICS_ADDR=%s: got %s, want the variable named", address, said)
		}
	}
}

func TestAlertRules(t *testing.T) {
	t.Parallel()
	promtool(t, "", "check", "rules", "../../.github/alerts.yml")
	promtool(t, "", "test", "rules", "testdata/alerts_test.yml")
	if rules := document(t, ".github/alerts.yml"); strings.Count(rules, "- alert:") != strings.Count(rules, "          action: ") {
		t.Error("an alert has no annotation that says what to do")
	}
}

var (
	metricName = regexp.MustCompile(`\b(?:latchkey_|go_|process_)[a-z_]+`)
	labelValue = regexp.MustCompile(`\b(event|reason)(=~?|!~)\\?"([^"\\]*)`)
)

// Dashboard and alerts name metrics, events and reasons that exist.
func TestDashboardAndAlertsNameWhatExists(t *testing.T) {
	t.Parallel()
	p, url := startedWithMetrics(t)
	p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	scraped := scrape(t, url)
	known := map[string]map[string]bool{"event": {}, "reason": {}}
	for kind, reasons := range auth.EventKinds() {
		known["event"][string(kind)] = true
		for _, reason := range reasons {
			known["reason"][string(reason)] = true
		}
	}
	for _, file := range []string{".github/grafana.json", ".github/alerts.yml"} {
		text := document(t, file)
		names := metricName.FindAllString(text, -1)
		if len(names) < 10 {
			t.Fatalf("%s: got %d names of metrics, want more", file, len(names))
		}
		for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
			if !strings.Contains(scraped, "\n"+name+"{") && !strings.Contains(scraped, "\n"+name+" ") {
				t.Errorf("%s: there is no metric %s", file, name)
			}
		}
		for _, found := range labelValue.FindAllStringSubmatch(text, -1) {
			for _, value := range strings.Split(found[3], "|") {
				pattern := regexp.MustCompile("^(?:" + value + ")$")
				if !slices.ContainsFunc(slices.Collect(maps.Keys(known[found[1]])), pattern.MatchString) {
					t.Errorf("%s: there is no %s %q", file, found[1], value)
				}
			}
		}
	}
	if !json.Valid([]byte(document(t, ".github/grafana.json"))) {
		t.Error("the dashboard is not JSON")
	}
}
