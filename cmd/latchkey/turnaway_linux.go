package main

import (
	"math"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// handshake is how long a connection takes to be made that has been begun, on
// networks between machines that serve one app.
const handshake = 50 * time.Millisecond

// turnAway has whoever is new refused, and returns when all who are not have
// been accepted, so that the listener can be closed. That resets connections
// which the kernel has made and Accept has not returned yet, with the requests
// that have come on them: on a busy machine there are always some.
//
// A listener that is bound to an interface which does not exist hears of no
// new connection, and keeps those it has.
func turnAway(listener net.Listener) {
	socket, err := listener.(syscall.Conn).SyscallConn()
	if err != nil {
		return // it is closed
	}
	socket.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, math.MaxInt32)
	})
	time.Sleep(handshake)
	for end := time.Now().Add(settle); queued(socket) > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// queued is how many connections Accept has yet to return.
func queued(listener syscall.RawConn) (count uint32) {
	listener.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			count = info.Unacked // what it counts for a listener
		}
	})
	return count
}
