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
	cookie  string  // of someone who is signed in
	atStart float64 // memory after the start, in MiB
}

// otherBinary is another build of the app to measure in the same run, such as the one
// before a change; optional.
const otherBinary = "LATCHKEY_BENCH_OTHER"

// startPeers starts the bare server, the app, and the other build of it.
func startPeers(b *testing.B) []*peer {
	b.Helper()
	peers := []*peer{{name: "bare", program: newBare(b), cookie: "session=session"}, {name: "app", program: newProgram(b)}}
	if path := os.Getenv(otherBinary); path != "" {
		other := newProgram(b)
		other.path = path
		peers = append(peers, &peer{name: "other", program: other})
	}
	for _, p := range peers {
		p.program.Env["SESSION_STORE"] = "memory:"
		p.program.start(b)
		p.atStart = p.resident(b)
		if p.program.Provider != nil {
			p.cookie = signedInCookie(b, p.program)
		}
	}
	return peers
}

// newBare returns the server in testdata/bare. It is not started yet.
func newBare(b *testing.B) *program {
	b.Helper()
	path := filepath.Join(b.TempDir(), "bare")
	build := exec.Command("go", "build", "-o", path, "latchkey/cmd/latchkey/e2e/testdata/bare")
	if output, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, output)
	}
	p := &program{Env: map[string]string{"PORT": storetest.FreePort(b)}, Log: new(logBuffer), path: path}
	p.URL = "http://" + p.address()
	b.Cleanup(p.kill)
	return p
}

func signedInCookie(b *testing.B, p *program) string {
	b.Helper()
	browser := authtest.NewBrowser(b)
	p.signIn(b, browser, authtest.Ada)
	request, err := http.NewRequest(http.MethodGet, p.URL, nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, cookie := range browser.Client.Jar.Cookies(request.URL) {
		if strings.HasSuffix(cookie.Name, "latchkey.session") {
			return cookie.Name + "=" + cookie.Value
		}
	}
	b.Fatal("signed in: got no session cookie")
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
