package postgres

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/auth/store/internal/engine"
)

// Replicas that cannot be notified poll a table of messages. They look back over
// recent messages because transactions end in another order than they begin.
const (
	publish = `
		WITH kept AS (INSERT INTO latchkey_messages (id, message, created) VALUES ($1, $2, now()))
		SELECT pg_notify($3, $2)`
	recentMessage = `SELECT id, message FROM latchkey_messages WHERE created > now() - interval '30 seconds' ORDER BY created`
	sweepMessages = `DELETE FROM latchkey_messages WHERE created < now() - interval '5 minutes'`
)

// pingAfter is how long the listening connection may be quiet before it is pinged: a
// connection that a firewall has dropped is quiet too.
const pingAfter = 10 * time.Second

func (s *Store) Publish(ctx context.Context, message string) error {
	_, err := s.pool.Exec(ctx, publish, rand.Text(), message, engine.Channel)
	return err
}

func (s *Store) Subscribe(ctx context.Context, connected func(), receive func(string)) error {
	if s.polls {
		return engine.Subscribe(ctx, connected, receive, s.poll)
	}
	return engine.Subscribe(ctx, connected, receive, s.listen)
}

// listen opens a connection outside the pool, which it would never return to.
func (s *Store) listen(ctx context.Context, connected func(), receive func(string)) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer closeConn(conn)
	if _, err := conn.Exec(ctx, `LISTEN `+pgx.Identifier{engine.Channel}.Sanitize()); err != nil {
		return err
	}
	connected()
	for {
		message, err := next(ctx, conn)
		if err != nil {
			return err
		}
		if message != nil {
			receive(message.Payload)
		}
	}
}

// next waits for a message. If none has come for a while, it pings the server and
// returns nil.
func next(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	wait, cancel := context.WithTimeout(ctx, pingAfter)
	defer cancel()
	message, err := conn.WaitForNotification(wait)
	if err == nil || ctx.Err() != nil || wait.Err() == nil {
		return message, err
	}
	answer, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return nil, conn.Ping(answer)
}

func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

func (s *Store) poll(ctx context.Context, connected func(), receive func(string)) error {
	seen := map[string]bool{}
	return engine.Poll(ctx, connected, receive, func(ctx context.Context) (messages []string, err error) {
		rows, err := s.pool.Query(ctx, recentMessage)
		if err != nil {
			return nil, err
		}
		recent := map[string]bool{}
		var id, message string
		_, err = pgx.ForEachRow(rows, []any{&id, &message}, func() error {
			if recent[id] = true; !seen[id] {
				messages = append(messages, message)
			}
			return nil
		})
		seen = recent
		return messages, err
	})
}
