package redis

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store/internal/engine"
)

// A Redis user may lack the right to subscribe, as new users do in Redis 7. Messages
// are then kept in a stream too, which the replicas poll.
const (
	pollInterval = 500 * time.Millisecond
	stream       = engine.Prefix + "messages"
	streamLimit  = 1000
)

// chooseListening finds out whether the user may subscribe, and logs a warning if
// not. Other errors are left to Subscribe, which tries again.
func (s *Store) chooseListening(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := withContext(ctx, func() (any, error) {
		messages := s.client.Subscribe(ctx, engine.Channel)
		defer messages.Close()
		return messages.Receive(ctx)
	})
	if err == nil || !strings.Contains(err.Error(), "NOPERM") {
		return
	}
	s.polls = true
	log.Warn("the session store's user may not subscribe: an open tab shows up to a second late that its session " +
		"has ended elsewhere. To show it at once, add &" + engine.Channel + " to the user's ACL")
}

func (s *Store) Publish(ctx context.Context, message string) error {
	_, err := withContext(ctx, func() (any, error) {
		err := s.client.Publish(ctx, engine.Channel, message).Err()
		if !s.polls {
			return nil, err
		}
		return s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error { // even if the user may not publish
			pipe.XAdd(ctx, &redis.XAddArgs{Stream: stream, MaxLen: streamLimit, Approx: true, Values: []string{"message", message}})
			pipe.PExpire(ctx, stream, 5*time.Minute)
			return nil
		})
	})
	return err
}

func (s *Store) Subscribe(ctx context.Context, connected func(), receive func(string)) error {
	if s.polls {
		return engine.Subscribe(ctx, connected, receive, s.poll)
	}
	return engine.Subscribe(ctx, connected, receive, s.listen)
}

func (s *Store) listen(ctx context.Context, connected func(), receive func(string)) error {
	messages := s.client.Subscribe(ctx, engine.Channel)
	defer messages.Close()
	defer context.AfterFunc(ctx, func() { messages.Close() })()
	for pinged := false; ; {
		message, err := messages.ReceiveTimeout(ctx, engine.PingAfter)
		switch {
		case timedOut(err) && !pinged:
			pinged = true
			err = messages.Ping(ctx)
		case err == nil:
			pinged = false
		}
		if err != nil {
			return err
		}
		switch message := message.(type) {
		case *redis.Subscription:
			connected()
		case *redis.Message:
			receive(message.Payload)
		}
	}
}

// timedOut reports whether a connection did not answer in time.
func timedOut(err error) bool {
	var failure net.Error
	return errors.As(err, &failure) && failure.Timeout()
}

func (s *Store) poll(ctx context.Context, connected func(), receive func(string)) error {
	last := "0"
	return engine.Poll(ctx, pollInterval, connected, receive, func(ctx context.Context) (messages []string, err error) {
		entries, err := s.client.XRange(ctx, stream, "("+last, "+").Result()
		for _, e := range entries {
			last = e.ID
			if message, ok := e.Values["message"].(string); ok {
				messages = append(messages, message)
			}
		}
		return messages, err
	})
}
