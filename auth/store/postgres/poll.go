package postgres

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/jackc/pgx/v5"
)

// Where Postgres cannot notify, messages also stand in a table, and those who
// hear nothing look there.
const (
	postgresPoll  = 500 * time.Millisecond
	keepMessage   = `INSERT INTO latchkey_messages (id, message, created) VALUES ($1, $2, now())`
	recentMessage = `SELECT id, message FROM latchkey_messages WHERE created > now() - interval '30 seconds' ORDER BY created`
	sweepMessages = `DELETE FROM latchkey_messages WHERE created < now() - interval '5 minutes'`
)

// keep leaves a message for those who poll.
func (s *Store) keep(ctx context.Context, message string) error {
	_, err := s.pool.Exec(ctx, keepMessage, rand.Text(), message)
	return err
}

// poll asks for messages for as long as that works. It looks back further than
// to its last turn, for transactions end in another order than they begin.
func (s *Store) poll(ctx context.Context, connected func(), receive func(string)) error {
	seen, _, err := s.recent(ctx)
	if err != nil {
		return err
	}
	connected()
	ticker := time.NewTicker(postgresPoll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		now, order, err := s.recent(ctx)
		if err != nil {
			return err
		}
		for _, id := range order {
			if _, known := seen[id]; !known {
				receive(now[id])
			}
		}
		seen = now
	}
}

// recent returns the messages of the last while by their ids, and in order.
func (s *Store) recent(ctx context.Context) (messages map[string]string, order []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	rows, err := s.pool.Query(ctx, recentMessage)
	if err != nil {
		return nil, nil, err
	}
	messages = map[string]string{}
	var id, message string
	_, err = pgx.ForEachRow(rows, []any{&id, &message}, func() error {
		messages[id] = message
		order = append(order, id)
		return nil
	})
	return messages, order, err
}
