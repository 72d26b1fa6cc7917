package engine

import (
	"context"
	"time"
)

// Pauses between two attempts to listen. The first is short, because most
// failures are a restart of the server. The last is not long, because until
// the connection is back, open tabs miss that their session has ended.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 2 * time.Second
)

const (
	// Channel is the channel on which replicas publish messages.
	Channel = "latchkey"
	// PingAfter is how long a listening connection may be quiet before it is
	// checked.
	PingAfter = 10 * time.Second
)

// KeepListening implements a store's Subscribe: it calls listen, which listens
// until its connection fails, again and again until ctx is done.
func KeepListening(ctx context.Context, listen func() error) error {
	pause := firstPause
	for {
		started := time.Now()
		_ = listen() // the subscriber learns of the gap when connected is called again
		if time.Since(started) > lastPause {
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

// OrNoop returns connected, or a function that does nothing if it is nil.
func OrNoop(connected func()) func() {
	if connected == nil {
		return func() {}
	}
	return connected
}
