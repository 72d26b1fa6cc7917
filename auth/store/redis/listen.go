package redis

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store/internal/engine"
)

// A Redis user may lack the right to publish and subscribe, as new users do in Redis 7.
// So messages are kept in a stream too, which the replicas of such a user poll.
const (
	stream      = engine.Prefix + "messages"
	streamLimit = 1000
)

func (s *Store) Publish(ctx context.Context, message string) error {
	_, err := withContext(ctx, func() (any, error) {
		return s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.XAdd(ctx, &redis.XAddArgs{Stream: stream, MaxLen: streamLimit, Approx: true, Values: []string{"message", message}})
			pipe.PExpire(ctx, stream, 5*time.Minute)
			pipe.Publish(ctx, engine.Channel, message)
			return nil
		})
	})
	if redis.IsPermissionError(err) { // to publish
		return nil
	}
	return err
}

func (s *Store) Subscribe(ctx context.Context, connected func(), receive func(string)) error {
	return engine.Subscribe(ctx, connected, receive, s.listen)
}

func (s *Store) listen(ctx context.Context, connected func(), receive func(string)) error {
	err := s.subscribe(ctx, connected, receive)
	if redis.IsPermissionError(err) {
		return s.poll(ctx, connected, receive)
	}
	return err
}

func (s *Store) subscribe(ctx context.Context, connected func(), receive func(string)) error {
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
	return engine.Poll(ctx, connected, receive, func(ctx context.Context) (messages []string, err error) {
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
