package redis

import (
	"context"
	"errors"
	"latchkey/auth/store/internal/engine"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// A Redis user may lack the right to subscribe, and in Redis 7 a new one does.
// Messages then stand in a stream as well, and the replicas look there.
const (
	redisPoll   = 500 * time.Millisecond
	stream      = "latchkey:messages"
	streamLimit = 1000
)

// chooseListening finds out whether this user may subscribe, and says in the log
// what it means where not.
func (s *Store) chooseListening(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := withContext(ctx, func() (any, error) {
		messages := s.client.Subscribe(ctx, engine.Channel)
		defer messages.Close()
		return messages.Receive(ctx)
	})
	if !denied(err) {
		return // whatever else is wrong, listening goes on trying
	}
	s.polls = true
	log.Warn("the session store's user may not subscribe: an open tab shows up to a second later that its session " +
		"has ended elsewhere. To show it at once, add &latchkey to the user's ACL")
}

func denied(err error) bool { return err != nil && strings.Contains(err.Error(), "NOPERM") }

// keep leaves a message for those who poll.
func (s *Store) keep(ctx context.Context, message string) error {
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.XAdd(ctx, &redis.XAddArgs{Stream: stream, MaxLen: streamLimit, Approx: true, Values: []string{"message", message}})
		pipe.PExpire(ctx, stream, 5*time.Minute)
		return nil
	})
	return err
}

// poll asks for messages for as long as that works.
func (s *Store) poll(ctx context.Context, connected func(), receive func(string)) error {
	last := "0"
	newest, err := s.client.XRevRangeN(ctx, stream, "+", "-", 1).Result()
	if err != nil {
		return err
	}
	if len(newest) > 0 {
		last = newest[0].ID
	}
	connected()
	ticker := time.NewTicker(redisPoll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		messages, err := s.client.XRange(ctx, stream, "("+last, "+").Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		for _, m := range messages {
			last = m.ID
			if message, ok := m.Values["message"].(string); ok {
				receive(message)
			}
		}
	}
}
