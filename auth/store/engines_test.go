package store

import (
	"os"
	"sync"
	"testing"

	"latchkey/auth/store/storetest"
)

// server is one that all tests of this package share: it starts when the first
// needs it, and stops after the last.
type server struct {
	need  func(testing.TB) // skips the test where there is none to start
	start func(testing.TB) (url string)

	once sync.Once
	addr string
}

// url is where the server is, which starts if it has not yet.
func (s *server) url(tb testing.TB) string {
	tb.Helper()
	s.need(tb)
	s.once.Do(func() { s.addr = s.start(tb) })
	if s.addr == "" {
		tb.Fatal("got no server, want one that has started: see the first test that failed")
	}
	return s.addr
}

// started are all servers that were, for TestMain to stop.
var started struct {
	sync.Mutex
	servers []*storetest.Server
}

func keep(s *storetest.Server) *storetest.Server {
	started.Lock()
	defer started.Unlock()
	started.servers = append(started.servers, s)
	return s
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, s := range started.servers {
		s.Stop()
	}
	os.Exit(code)
}
