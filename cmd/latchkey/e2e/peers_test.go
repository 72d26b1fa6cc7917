package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
)

// peer is a server in a benchmark: the app, or what it is compared with.
type peer struct {
	name    string
	program *program
	signIn  func(*testing.B, *program) (cookie string)
	cookie  string  // of someone who is signed in
	atStart float64 // memory after the start, in MiB
}

// otherBinary is another build of the app to measure in the same run, such as the one
// before a change; optional.
const otherBinary = "LATCHKEY_BENCH_OTHER"

// startPeers starts the bare server, an app of the same libraries, the app, the other
// build of it, and more.
func startPeers(b *testing.B, more ...*peer) []*peer {
	b.Helper()
	peers := []*peer{
		{name: "bare", program: newSample(b, "bare"), signIn: func(*testing.B, *program) string { return "session=session" }},
		{name: "stack", program: newSample(b, "stack"), signIn: func(b *testing.B, p *program) string {
			browser := authtest.NewBrowser(b)
			browser.Get(p.URL + "/signin")
			return cookieOf(b, browser, p, "session")
		}},
		{name: "app", program: newProgram(b), signIn: signIn},
	}
	if path := os.Getenv(otherBinary); path != "" {
		other := newProgram(b)
		other.path = path
		peers = append(peers, &peer{name: "other", program: other, signIn: signIn})
	}
	peers = append(peers, more...)
	for _, p := range peers {
		p.program.Env["SESSION_STORE"] = "memory:"
		p.program.start(b)
		p.atStart = p.resident(b)
		p.cookie = p.signIn(b, p.program)
	}
	return peers
}

// newSample returns a server in testdata. It is not started yet.
func newSample(b *testing.B, name string) *program {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	build := exec.Command("go", "build", "-o", path, "latchkey/cmd/latchkey/e2e/testdata/"+name)
	if output, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, output)
	}
	return newOther(b, path)
}

// newOther returns another program than the app. It is not started yet.
func newOther(b *testing.B, path string) *program {
	b.Helper()
	p := &program{Env: map[string]string{"PORT": storetest.FreePort(b)}, Log: new(logBuffer), path: path}
	p.URL = "http://" + p.address()
	b.Cleanup(p.kill)
	return p
}

// newOAuth2Proxy returns oauth2-proxy in front of the bare server, if it is installed. It
// signs people in with the same provider, and keeps its sessions in cookies.
func newOAuth2Proxy(b *testing.B) []*peer {
	b.Helper()
	path, err := exec.LookPath("oauth2-proxy")
	if err != nil {
		b.Log("NOT MEASURED: oauth2-proxy is not installed: go install github.com/oauth2-proxy/oauth2-proxy/v7@latest")
		return nil
	}
	upstream := newSample(b, "bare")
	upstream.start(b)
	p := newOther(b, path)
	p.Provider = authtest.Start(b)
	p.Provider.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{p.URL + "/oauth2/callback"}})
	for name, value := range map[string]string{
		"HTTP_ADDRESS": p.address(), "PING_PATH": "/healthz", "UPSTREAMS": upstream.URL, "REDIRECT_URL": p.URL + "/oauth2/callback",
		"PROVIDER": "oidc", "OIDC_ISSUER_URL": p.Provider.Issuer(), "CLIENT_ID": authtest.ClientID, "CLIENT_SECRET": authtest.ClientSecret,
		"CODE_CHALLENGE_METHOD": "S256", "COOKIE_SECRET": "a secret of 32 bytes for a test.", "COOKIE_SECURE": "false", "EMAIL_DOMAINS": "*", "SKIP_PROVIDER_BUTTON": "true",
	} {
		p.Env["OAUTH2_PROXY_"+name] = value
	}
	return []*peer{{name: "oauth2-proxy", program: p, signIn: func(b *testing.B, p *program) string {
		return cookieOf(b, authtest.SignInTo(b, p.URL, authtest.Ada), p, "_oauth2_proxy")
	}}}
}

func signIn(b *testing.B, p *program) (cookie string) {
	b.Helper()
	browser := authtest.NewBrowser(b)
	p.signIn(b, browser, authtest.Ada)
	return cookieOf(b, browser, p, "latchkey.session")
}

// cookieOf returns a cookie of a browser, whose name ends like this.
func cookieOf(b *testing.B, browser *authtest.Browser, p *program, name string) string {
	b.Helper()
	request, err := http.NewRequest(http.MethodGet, p.URL, nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, cookie := range browser.Client.Jar.Cookies(request.URL) {
		if strings.HasSuffix(cookie.Name, name) {
			return cookie.Name + "=" + cookie.Value
		}
	}
	b.Fatalf("signed in: got no cookie %s", name)
	return ""
}

// startTime starts a peer again, and returns how long it takes to answer its page.
func (p *peer) startTime(b *testing.B) time.Duration {
	b.Helper()
	p.program.kill()
	cmd := p.program.command(b)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for !isOK(p.program.URL + "/") {
		time.Sleep(time.Millisecond)
	}
	took := time.Since(begin)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return took
}

// resident is the memory of a process in MiB, from Linux' /proc.
func (p *peer) resident(b *testing.B) float64 {
	b.Helper()
	status := p.proc(b, "status")
	_, rest, _ := strings.Cut(status, "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}

// processorTime is what a process has used so far. Linux counts in hundredths of a
// second.
func (p *peer) processorTime(b *testing.B) time.Duration {
	b.Helper()
	stat := p.proc(b, "stat")
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	var ticks int
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func (p *peer) proc(b *testing.B, name string) string {
	b.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.program.cmd.Process.Pid, name))
	if err != nil {
		b.Skipf("NOT MEASURED: this needs Linux: %v", err)
	}
	return string(content)
}

// figures are measurements by name of the peer.
type figures map[string][]float64

func (f figures) median(name string) float64 {
	sorted := slices.Sorted(slices.Values(f[name]))
	return sorted[len(sorted)/2]
}

// report reports the medians of all peers, and their ratios to the bare server.
func (f figures) report(b *testing.B, peers []*peer, unit string) {
	b.Helper()
	for _, p := range peers {
		b.ReportMetric(f.median(p.name), p.name+"-"+unit)
		if p.name != "bare" {
			b.ReportMetric(f.median(p.name)/f.median("bare"), p.name+"/bare-"+unit)
		}
	}
}
