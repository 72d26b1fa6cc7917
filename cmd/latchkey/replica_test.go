package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// replica is one process of the real binary.
type replica struct {
	URL string
	Env map[string]string // changes take effect at the next start
	Log *logBuffer        // of all its runs

	binary string
	cmd    *exec.Cmd
	ended  <-chan error // nil: it does not run
}

// build makes the binary as it is deployed.
func build(tb testing.TB) string {
	tb.Helper()
	binary := filepath.Join(tb.TempDir(), "latchkey")
	cmd := exec.CommandContext(tb.Context(), "go", "build", "-o", binary, "latchkey/cmd/latchkey")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("go build: %v\n%s", err, said)
	}
	return binary
}

// newReplica makes a replica that listens on a port of its own. It is not
// started yet.
func newReplica(tb testing.TB, binary string, env map[string]string) *replica {
	r := &replica{Env: maps.Clone(env), Log: new(logBuffer), binary: binary}
	r.Env["HOST"], r.Env["PORT"] = "127.0.0.1", freePort(tb)
	r.URL = "http://" + r.address()
	tb.Cleanup(r.kill)
	return r
}

func (r *replica) address() string { return r.Env["HOST"] + ":" + r.Env["PORT"] }

// start returns when the replica answers.
func (r *replica) start(tb testing.TB) {
	tb.Helper()
	r.cmd = exec.Command(r.binary)
	for _, name := range slices.Sorted(maps.Keys(r.Env)) {
		r.cmd.Env = append(r.cmd.Env, name+"="+r.Env[name])
	}
	r.cmd.Stdout, r.cmd.Stderr = r.Log, r.Log
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // should the test binary be killed
	if err := r.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.cmd.Wait() }()
	r.ended = ended
	answers := false
	defer func() {
		if !answers {
			r.explain(tb)
		}
	}()
	eventually(tb, "a replica answers", func() bool {
		select {
		case err := <-ended:
			r.ended = nil
			tb.Fatalf("start: got a replica that ended with %v, want one that runs; it said:\n%s", err, tail(r.Log.String()))
		default:
		}
		answers = healthy(r.URL)
		return answers
	})
}

// explain has a replica that does not answer say what its goroutines do.
func (r *replica) explain(tb testing.TB) {
	tb.Helper()
	if r.ended != nil {
		_ = r.cmd.Process.Signal(syscall.SIGQUIT)
		<-r.ended
		r.ended = nil
		tb.Logf("the replica that does not answer said:\n%s", r.Log)
	}
}

// kill is kill -9.
func (r *replica) kill() {
	if r.ended == nil {
		return
	}
	_ = r.cmd.Process.Kill()
	<-r.ended // by a signal
	r.ended = nil
}

func (r *replica) signal(tb testing.TB, signal syscall.Signal) {
	tb.Helper()
	if err := r.cmd.Process.Signal(signal); err != nil {
		tb.Fatal(err)
	}
}

// wait waits for the end of a replica that was told to stop.
func (r *replica) wait(tb testing.TB) {
	tb.Helper()
	if err := <-r.ended; err != nil {
		tb.Errorf("a replica after SIGTERM: got %v, want exit code 0; it said:\n%s", err, tail(r.Log.String()))
	}
	r.ended = nil
}

// tail is the end of a log.
func tail(log string) string {
	lines := strings.SplitAfter(log, "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "")
}
