package store

import (
	"net"
	"sync"
	"testing"
)

// proxy stands between a store and its server, so that a test can have the
// server hang, or drop its connections.
type proxy struct {
	net.Listener
	server string
	gate   sync.RWMutex // held by hang: nothing passes
	mu     sync.Mutex
	conns  []net.Conn
}

func startProxy(tb testing.TB, server string) *proxy {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &proxy{Listener: listener, server: server}
	go p.serve()
	tb.Cleanup(func() {
		p.Close()
		p.cut()
	})
	return p
}

func (p *proxy) hang()   { p.gate.Lock() }
func (p *proxy) resume() { p.gate.Unlock() }

// cut drops every connection.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		conn.Close()
	}
	p.conns = nil
}

func (p *proxy) serve() {
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

func (p *proxy) pass(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		p.gate.RLock()
		_, err = to.Write(buffer[:n])
		p.gate.RUnlock()
		if err != nil {
			return
		}
	}
}
