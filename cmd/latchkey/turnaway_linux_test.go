package main

import (
	"errors"
	"net"
	"syscall"
	"testing"
	"time"
)

// Whoever knocks before is accepted, and whoever comes later is refused.
func TestTurnAway(t *testing.T) {
	t.Parallel()
	listener, err := listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for range 3 {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	turnedAway := make(chan struct{})
	go func() {
		turnAway(listener)
		close(turnedAway)
	}()
	eventually(t, "somebody new is refused", func() bool {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err == nil {
			conn.Close() // it came before
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	select {
	case <-turnedAway:
		t.Error("done before those who knocked were accepted")
	default:
	}
	for accepted := 0; ; accepted++ {
		listener.(*net.TCPListener).SetDeadline(time.Now().Add(50 * time.Millisecond))
		if _, err := listener.Accept(); err != nil && accepted < 3 {
			t.Fatalf("got %d accepted and %v, want all 3", accepted, err)
		} else if err != nil {
			break
		}
	}
	<-turnedAway
}
