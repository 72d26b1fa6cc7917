// Package storetest starts what stores need for their tests: real servers, each
// on a free loopback port and with a folder of its own. Where one is not
// installed the test is skipped, and fails in continuous integration.
package storetest

import (
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Server is a server process that a test has started. It ends by Stop or, at
// the latest, with the test binary.
type Server struct {
	URL     string      // as SESSION_STORE has it
	Folder  string      // where it works and keeps its data
	Command []string    // by which it is started
	Signal  string      // by which it ends, as a crash would end it
	Ready   func() bool // whether it answers

	cmd  *exec.Cmd
	held io.Closer // while it is open, the server lives
}

// leash holds a server for as long as the test binary lives, however it ends:
// its end closes the standard input, for which cat waits.
const leash = `signal=$1; shift; "$@" & cat; kill -s $signal $!; wait $!`

// Start starts the server, or starts it again with its data and on its port,
// and returns when it answers.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	s.cmd = exec.Command("sh", append([]string{"-c", leash, "sh", s.Signal}, s.Command...)...)
	s.cmd.Dir = s.Folder
	unprivileged(tb, s.cmd)
	held, err := s.cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	s.held = held
	for deadline := time.Now().Add(30 * time.Second); !s.Ready(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("%s does not answer; see its log in %s", s.Command[0], s.Folder)
		}
	}
}

// Crash ends the server, if it runs, without a chance to tidy up.
func (s *Server) Crash() {
	if s.held == nil {
		return
	}
	s.held.Close()
	_ = s.cmd.Wait() // it ends by a signal
	s.held = nil
}

// Stop ends the server for good, and removes its data.
func (s *Server) Stop() {
	s.Crash()
	os.RemoveAll(s.Folder)
}

// Need skips the test where a program is not installed, and says which of
// Debian's packages has it.
func Need(tb testing.TB, program, debian string) {
	tb.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	const mend = "%s is not installed, so what needs it goes UNTESTED: apt-get install %s"
	if os.Getenv("CI") == "true" {
		tb.Fatalf(mend, program, debian)
	}
	tb.Skipf(mend, program, debian)
}

// Folder makes an empty folder, which outlives the test that asks for it.
func Folder(tb testing.TB) string {
	tb.Helper()
	folder, err := os.MkdirTemp("", "latchkey-store-")
	if err != nil {
		tb.Fatal(err)
	}
	return folder
}
