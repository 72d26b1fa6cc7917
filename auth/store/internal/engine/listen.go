package engine

import (
	"context"
	"time"
)

const (
	// Prefix begins the names of keys in Redis. Another one hides all sessions.
	Prefix = "latchkey:"
	// Channel is the channel of Postgres on which replicas publish messages.
	Channel = "latchkey"
	// pollInterval is the pause between two polls, which take well below a millisecond.
	pollInterval = 200 * time.Millisecond
	// pollTimeout limits one poll, so that an engine that hangs is noticed.
	pollTimeout = 2 * time.Second
)

// Pauses between two attempts to listen. The first is short because most failures
// are a restart of the server. The last is short because open tabs do not learn
// that their session has ended until the connection is back.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 2 * time.Second
)

// Listen listens until its connection fails. It calls connected once, and receive
// for each message.
type Listen func(ctx context.Context, connected func(), receive func(message string)) error

// Subscribe implements a store's Subscribe by listening again after each failure.
func Subscribe(ctx context.Context, connected func(), receive func(string), listen Listen) error {
	if connected == nil {
		connected = func() {}
	}
	pause := firstPause
	for {
		started := time.Now()
		_ = listen(ctx, connected, receive) // the next call of connected reports the gap
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

// Poll listens by asking for new messages again and again. The messages that news
// returns at first are from before, and are dropped.
func Poll(ctx context.Context, connected func(), receive func(string), news func(context.Context) ([]string, error)) error {
	poll := func() ([]string, error) {
		ctx, cancel := context.WithTimeout(ctx, pollTimeout)
		defer cancel()
		return news(ctx)
	}
	if _, err := poll(); err != nil {
		return err
	}
	connected()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		messages, err := poll()
		if err != nil {
			return err
		}
		for _, message := range messages {
			receive(message)
		}
	}
}
