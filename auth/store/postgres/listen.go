package postgres

import (
	"context"
	"latchkey/auth/store/internal/engine"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// listen pings whenever it has been quiet, for a connection that a firewall has
// forgotten is quiet too.
func (s *Store) listen(ctx context.Context, connected func(), receive func(string)) error {
	if s.polls {
		return s.poll(ctx, connected, receive)
	}
	conn, err := s.startListening(ctx)
	if err != nil {
		return err
	}
	defer closeConn(conn)
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

// next waits for a message; after a quiet while it returns none, if the server
// still answers.
func next(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	wait, cancel := context.WithTimeout(ctx, engine.PingAfter)
	defer cancel()
	message, err := conn.WaitForNotification(wait)
	if err == nil || ctx.Err() != nil || wait.Err() == nil {
		return message, err
	}
	answer, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return nil, conn.Ping(answer)
}

// closeConn tells the server, if it listens.
func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
