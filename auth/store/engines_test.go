package store

import (
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// server is one that the tests start for themselves, when the first needs it,
// and stop after the last.
type server struct {
	program string // by which it is started
	debian  string // the package that has it
	start   func(testing.TB) (url string)

	once sync.Once
	addr string
}

// url starts the server, or skips the test where there is none to start.
func (s *server) url(tb testing.TB) string {
	tb.Helper()
	if _, err := exec.LookPath(s.program); err != nil {
		const mend = "%s is not installed, so this engine goes UNTESTED: apt-get install %s"
		if os.Getenv("CI") == "true" {
			tb.Fatalf(mend, s.program, s.debian)
		}
		tb.Skipf(mend, s.program, s.debian)
	}
	s.once.Do(func() { s.addr = s.start(tb) })
	if s.addr == "" {
		tb.Fatalf("%s: got no server, want one that has started: see the first test that failed", s.program)
	}
	return s.addr
}

// servers are all that were started, and how to stop them.
var servers struct {
	sync.Mutex
	stop []func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, stop := range servers.stop {
		stop()
	}
	os.Exit(code)
}

// leash holds a server for as long as the test binary lives, however it ends:
// its end closes the standard input, for which cat waits.
const leash = `signal=$1; shift; "$@" & cat; kill -s $signal $!; wait $!`

// launch starts a server and has it stopped, by a signal, at the end.
func launch(tb testing.TB, folder, signal string, command ...string) *exec.Cmd {
	tb.Helper()
	cmd := exec.Command("sh", append([]string{"-c", leash, "sh", signal}, command...)...)
	cmd.Dir = folder
	held, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	unprivileged(tb, cmd)
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	servers.Lock()
	defer servers.Unlock()
	servers.stop = append(servers.stop, func() {
		held.Close()
		cmd.Wait()
		os.RemoveAll(folder)
	})
	return cmd
}

// emptyFolder outlives the test that asks for it; launch removes it.
func emptyFolder(tb testing.TB) string {
	tb.Helper()
	folder, err := os.MkdirTemp("", "latchkey-store-")
	if err != nil {
		tb.Fatal(err)
	}
	return folder
}

// freePort is one that nobody listened on a moment ago.
func freePort(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}
