package storetest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
)

// lastPort is where FreePort looks next. It stays below the ports that systems
// give to outgoing connections, one of which could take it while a server
// restarts.
var lastPort = func() *atomic.Int32 {
	first := new(atomic.Int32)
	first.Store(16_000 + rand.Int32N(12_000))
	return first
}()

// FreePort returns a port that nobody listens on: a server has to know its own
// before it starts, and again after a restart.
func FreePort(tb testing.TB) string {
	tb.Helper()
	for range 1000 {
		port := strconv.Itoa(int(lastPort.Add(1)))
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err == nil {
			listener.Close()
			return port
		}
	}
	tb.Fatal("no port is free")
	return ""
}
