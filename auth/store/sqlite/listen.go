package sqlite

import (
	"context"
	"time"

	"latchkey/auth/store/internal/engine"
)

const messageLife = 10 * time.Minute // how long a slow listener can still read a message

func (s *Store) Publish(ctx context.Context, message string) error {
	_, err := s.on.publish.ExecContext(ctx, message, time.Now().Add(messageLife).UnixMilli())
	return err
}

func (s *Store) Subscribe(ctx context.Context, connected func(), receive func(string)) error {
	return engine.Subscribe(ctx, connected, receive, s.listen)
}

// listen polls, because SQLite cannot notify another process. A poll reads all messages
// before any is received: an open row would delay SQLite's checkpoint.
func (s *Store) listen(ctx context.Context, connected func(), receive func(string)) error {
	var last int64
	var message string
	return engine.Poll(ctx, connected, receive, func(ctx context.Context) (messages []string, err error) {
		rows, err := s.on.news.QueryContext(ctx, last)
		err = forEachRow(rows, err, []any{&last, &message}, func() { messages = append(messages, message) })
		return messages, err
	})
}
