package storetest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
)

// lastPort is the last port that FreePort tried. It stays below the ports of
// outgoing connections, one of which could take the port while a server restarts.
var lastPort = func() *atomic.Int32 {
	first := new(atomic.Int32)
	first.Store(16_000 + rand.Int32N(12_000))
	return first
}()

// FreePort returns a port without a listener, for a server that needs to know its
// port before it starts and keeps it over a restart.
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
