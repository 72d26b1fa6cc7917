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
	// retryPause is short, because open tabs do not learn that their session has ended
	// until the engine answers again.
	retryPause = 250 * time.Millisecond
)

// Listen listens until its connection fails. It calls connected once, and receive
// for each message.
type Listen func(ctx context.Context, connected func(), receive func(message string)) error

// Subscribe implements a store's Subscribe by listening again after each failure.
func Subscribe(ctx context.Context, connected func(), receive func(string), listen Listen) error {
	for {
		_ = listen(ctx, connected, receive) // the next call of connected reports the gap
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(retryPause):
		}
	}
}

// Poll listens by asking for new messages again and again. The messages that news
// returns at first are from before, and are dropped.
func Poll(ctx context.Context, connected func(), receive func(string), news func(context.Context) ([]string, error)) error {
	for first := true; ; first = false {
		poll, cancel := context.WithTimeout(ctx, pollTimeout)
		messages, err := news(poll)
		cancel()
		if err != nil {
			return err
		}
		if first {
			messages = nil
			connected()
		}
		for _, message := range messages {
			receive(message)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollInterval):
		}
	}
}
