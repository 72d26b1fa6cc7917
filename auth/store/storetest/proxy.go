package storetest

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy is a TCP proxy between a store and its server, so that a test can make
// the server hang or drop its connections.
type Proxy struct {
	net.Listener
	server string
	gate   sync.RWMutex // locked between Hang and Resume
	delay  atomic.Int64 // of all data in each direction, in nanoseconds
	mu     sync.Mutex
	conns  []net.Conn
}

// StartProxy starts a proxy that stops at the end of the test.
func StartProxy(tb testing.TB, server string) *Proxy {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{Listener: listener, server: server}
	go p.serve()
	tb.Cleanup(func() {
		p.Close()
		p.Cut()
	})
	return p
}

// Hang holds back all data until Resume is called.
func (p *Proxy) Hang() { p.gate.Lock() }

// Resume ends Hang.
func (p *Proxy) Resume() { p.gate.Unlock() }

// Slow makes the network as slow as that to another continent.
func (p *Proxy) Slow() { p.delay.Store(int64(100 * time.Millisecond)) }

// Cut drops every connection.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		conn.Close()
	}
	p.conns = nil
}

func (p *Proxy) serve() {
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		go p.pass(client, server)
		go p.pass(server, client)
	}
}

func (p *Proxy) pass(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		time.Sleep(time.Duration(p.delay.Load()))
		p.gate.RLock()
		_, err = to.Write(buffer[:n])
		p.gate.RUnlock()
		if err != nil {
			return
		}
	}
}
