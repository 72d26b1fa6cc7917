// Package storetest tests each engine against the contract of store.Store (Run),
// starts real servers for the engines, and has a store that fails on demand
// (Faulty).
//
// Each server has a free loopback port and its own folder. If a server is not
// installed, its tests are skipped, except that they fail in continuous integration.
package storetest

import (
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Server is a server process that a test has started. It runs until Stop or the end
// of the test binary.
type Server struct {
	URL     string      // for SESSION_STORE
	Folder  string      // its working directory, with its data
	Command []string    // starts it
	Signal  string      // ends it as a crash would
	Ready   func() bool // reports whether it answers

	cmd   *exec.Cmd
	stdin io.Closer // closing it ends the server
}

// untilStdinCloses is a shell script that runs a server until its standard input
// closes. The end of the test binary closes it too, even after a crash.
const untilStdinCloses = `signal=$1; shift; "$@" & cat; kill -s $signal $!; wait $!`

// Start starts the server, or restarts it with its data and on its port, and returns
// when it answers.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	s.cmd = exec.Command("sh", append([]string{"-c", untilStdinCloses, "sh", s.Signal}, s.Command...)...)
	s.cmd.Dir = s.Folder
	unprivileged(tb, s.cmd)
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	s.stdin = stdin
	for deadline := time.Now().Add(30 * time.Second); !s.Ready(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("%s does not answer; see its log in %s", s.Command[0], s.Folder)
		}
	}
}

// Crash kills the server if it is running.
func (s *Server) Crash() {
	if s.stdin == nil {
		return
	}
	s.stdin.Close()
	_ = s.cmd.Wait() // reports the signal as an error
	s.stdin = nil
}

// Stop kills the server and removes its data.
func (s *Server) Stop() {
	s.Crash()
	os.RemoveAll(s.Folder)
}

// Need skips the test if a program is not installed, and names the Debian package
// that contains it.
func Need(tb testing.TB, program, debian string) {
	tb.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	const fix = "%s is not installed, so what needs it is NOT TESTED: apt-get install %s"
	if os.Getenv("CI") == "true" {
		tb.Fatalf(fix, program, debian)
	}
	tb.Skipf(fix, program, debian)
}

// Folder creates an empty folder, which is not removed at the end of the test.
func Folder(tb testing.TB) string {
	tb.Helper()
	folder, err := os.MkdirTemp("", "latchkey-store-")
	if err != nil {
		tb.Fatal(err)
	}
	return folder
}
