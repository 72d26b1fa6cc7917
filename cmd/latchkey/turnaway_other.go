//go:build !linux

package main

import "net"

// turnAway is for Linux, where the app is deployed. Elsewhere a connection that
// is made while the listener closes may be lost.
func turnAway(net.Listener) {}
