package sqlite

import (
	"context"
	"time"
)

// messageLife is how long a listener that was held up still finds a message;
// messagePoll is how soon one that was not does.
const (
	messageLife = 10 * time.Minute
	messagePoll = 100 * time.Millisecond
)

// listen asks for news several times a second, for SQLite cannot tell another
// process by itself. Asking costs some 20 µs.
func (s *Store) listen(ctx context.Context, connected func(), receive func(string)) error {
	var last int64
	if err := s.on.latest.QueryRowContext(ctx).Scan(&last); err != nil {
		return err
	}
	connected()
	ticker := time.NewTicker(messagePoll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			messages, err := s.newMessages(ctx, &last)
			if err != nil {
				return err
			}
			for _, message := range messages {
				receive(message)
			}
		}
	}
}

// newMessages collects before anyone receives, for an open row would hold up SQLite's
// checkpoint for as long as a receiver takes.
func (s *Store) newMessages(ctx context.Context, last *int64) (messages []string, err error) {
	rows, err := s.on.news.QueryContext(ctx, *last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var message string
		if err := rows.Scan(last, &message); err != nil {
			return nil, err
		}
		messages = append(messages, message)
	}
	return messages, rows.Err()
}
