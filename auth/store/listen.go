package store

import (
	"context"
	"time"
)

// Pauses between two attempts to listen: short after the first failure, for
// most are a server's restart, and never long, for until then nobody is told
// that a session has ended.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 2 * time.Second
)

// channel is where the replicas of a server's store meet; quiet is when one of
// them begins to doubt its connection.
const (
	channel   = "latchkey"
	pingAfter = 10 * time.Second
)

// keepListening is every engine's Subscribe: it calls listen, which listens on
// one connection for as long as that lasts, again and again until ctx is done.
func keepListening(ctx context.Context, listen func() error) error {
	pause := firstPause
	for {
		begun := time.Now()
		_ = listen() // whatever it was: the caller learns by connected that there was a gap
		if time.Since(begun) > lastPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
			pause = min(2*pause, lastPause)
		}
	}
}

// orNoop lets connected be nil.
func orNoop(connected func()) func() {
	if connected == nil {
		return func() {}
	}
	return connected
}
