package redis

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store/internal/engine"
)

// Messages are in a stream, not in a channel: a user needs no right to a channel, which
// Redis 7 gives to no new user.
const (
	stream      = engine.Prefix + "messages"
	streamLimit = 1000
	streamLife  = 5 * time.Minute
	// readWait is how long the server waits for a message before it answers that there
	// is none. A connection that a firewall has dropped is noticed soon after.
	readWait = 2 * time.Second
)

func (s *Store) Publish(ctx context.Context, message string) error {
	_, err := withContext(ctx, func() (any, error) {
		return s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.XAdd(ctx, &redis.XAddArgs{Stream: stream, MaxLen: streamLimit, Approx: true, Values: []string{"message", message}})
			pipe.PExpire(ctx, stream, streamLife)
			return nil
		})
	})
	return err
}

func (s *Store) Subscribe(ctx context.Context, connected func(), receive func(string)) error {
	return engine.Subscribe(ctx, connected, receive, s.listen)
}

// listen reads what is added to the stream from now on.
func (s *Store) listen(ctx context.Context, connected func(), receive func(string)) error {
	last, err := s.lastMessage(ctx)
	if err != nil {
		return err
	}
	connected()
	for {
		messages, err := s.nextMessages(ctx, last)
		if err != nil {
			return err
		}
		for _, m := range messages {
			last = m.ID
			if text, ok := m.Values["message"].(string); ok {
				receive(text)
			}
		}
	}
}

func (s *Store) lastMessage(ctx context.Context) (id string, err error) {
	messages, err := withContext(ctx, func() ([]redis.XMessage, error) {
		return s.client.XRevRangeN(ctx, stream, "+", "-", 1).Result()
	})
	if err != nil || len(messages) == 0 {
		return "0", err
	}
	return messages[0].ID, nil
}

// nextMessages waits for a message, and returns none if there is none for a while.
func (s *Store) nextMessages(ctx context.Context, last string) ([]redis.XMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*readWait)
	defer cancel()
	streams, err := withContext(ctx, func() ([]redis.XStream, error) {
		return s.client.XRead(ctx, &redis.XReadArgs{Streams: []string{stream}, ID: last, Block: readWait}).Result()
	})
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return streams[0].Messages, nil
}
