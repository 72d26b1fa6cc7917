package storetest

import (
	"os"
	"sync"
	"testing"
)

// Shared is a server that all tests of a package share. The first test that needs
// it starts it, and Main stops it.
type Shared struct {
	Need  func(testing.TB) // skips the test if the server is not installed
	Start func(testing.TB) (url string)

	once sync.Once
	url  string
}

// URL returns the server's URL, and starts the server if it is not running yet.
func (s *Shared) URL(tb testing.TB) string {
	tb.Helper()
	s.Need(tb)
	s.once.Do(func() { s.url = s.Start(tb) })
	if s.url == "" {
		tb.Fatal("the server did not start: see the first test that failed")
	}
	return s.url
}

var started struct {
	sync.Mutex
	servers []*Server
}

// Keep makes Main stop a server.
func Keep(s *Server) *Server {
	started.Lock()
	defer started.Unlock()
	started.servers = append(started.servers, s)
	return s
}

// Main runs a package's tests and then stops the servers they share. Call it from
// TestMain.
func Main(m *testing.M) {
	code := m.Run()
	for _, s := range started.servers {
		s.Stop()
	}
	os.Exit(code)
}
