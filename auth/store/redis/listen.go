package redis

import (
	"context"
	"errors"
	"latchkey/auth/store/internal/engine"
	"net"

	"github.com/redis/go-redis/v9"
)

// listen pings whenever it has been quiet, for a connection that a firewall
// has forgotten is quiet too.
func (s *Store) listen(ctx context.Context, connected func(), receive func(string)) error {
	if s.polls {
		return s.poll(ctx, connected, receive)
	}
	messages := s.client.Subscribe(ctx, engine.Channel)
	defer messages.Close()
	defer context.AfterFunc(ctx, func() { messages.Close() })()
	for waiting := false; ; {
		message, err := messages.ReceiveTimeout(ctx, engine.PingAfter)
		switch {
		case timedOut(err) && !waiting:
			waiting = true
			err = messages.Ping(ctx)
		case err == nil:
			waiting = false
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

// timedOut reports whether a connection gave no answer in time.
func timedOut(err error) bool {
	var failure net.Error
	return errors.As(err, &failure) && failure.Timeout()
}
