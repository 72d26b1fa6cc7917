package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"latchkey/auth/store/internal/engine"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// This file deals with connection poolers such as PgBouncer. In transaction mode
// each statement may run on another of the server's connections, so that
// prepared statements and LISTEN, which belong to a connection, fail or stay
// silent.

// isolation is set on every connection: under serializable, which a server may
// have as its default, whoever loses a race gets an error in place of an answer.
const isolation = "default_transaction_isolation"

// probeWait is how long a message may take to come back at start.
const probeWait = time.Second

// detectPooler reports whether connections lead to a pooler, and makes the
// configuration one that works there. A server names its own process when a
// connection begins; a pooler names one that does not exist. Many poolers also
// refuse a setting that they cannot keep.
func detectPooler(ctx context.Context, config *pgx.ConnConfig) (pooled bool, err error) {
	if config.RuntimeParams[isolation] == "" {
		config.RuntimeParams[isolation] = "read committed"
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if refusesSetting(err) {
		pooled = true
		delete(config.RuntimeParams, isolation)
		conn, err = pgx.ConnectConfig(ctx, config)
	}
	if err != nil {
		return pooled, err
	}
	defer closeConn(conn)
	var pid uint32
	err = conn.QueryRow(ctx, `SELECT pg_backend_pid()`, pgx.QueryExecModeSimpleProtocol).Scan(&pid)
	pooled = pooled || pid != conn.PgConn().PID()
	if pooled && config.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
		config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe // the same round trips, without names
	}
	return pooled, err
}

func refusesSetting(err error) bool {
	var refusal *pgconn.PgError
	return errors.As(err, &refusal) && strings.Contains(refusal.Message, "startup parameter")
}

// retrySerialization repeats a call whose transaction lost to another one and changed
// nothing. Behind a pooler the server's default isolation holds.
func retrySerialization[T any](ctx context.Context, call func() (T, error)) (T, error) {
	for {
		value, err := call()
		var refusal *pgconn.PgError
		if !errors.As(err, &refusal) || refusal.Code != "40001" || ctx.Err() != nil {
			return value, err
		}
	}
}

// chooseListening finds out how this replica hears what the others publish, and
// says in the log what that means.
func (s *Store) chooseListening(ctx context.Context, o options) error {
	if o.listenURL != "" {
		config, err := pgx.ParseConfig(o.listenURL)
		if err != nil {
			return fmt.Errorf("the URL to listen on (SESSION_STORE_LISTEN): %w", errPostgresURL(err))
		}
		config.ConnectTimeout = 2 * time.Second
		s.listenConfig, s.shared = config, true
		if err := s.probe(ctx); err != nil {
			return fmt.Errorf("the URL to listen on (SESSION_STORE_LISTEN): %w", explainListening(config, err))
		}
		return nil
	}
	if !s.pooled {
		return nil
	}
	s.shared = true
	if s.probe(ctx) == nil {
		return nil
	}
	s.polls = true
	o.log.Warn("the session store is behind a connection pooler, through which Postgres cannot notify: " +
		"an open tab shows up to a second later that its session has ended elsewhere. " +
		"To show it at once, set SESSION_STORE_LISTEN to a URL that leads to Postgres itself")
	return nil
}

var errSilent = errors.New("no message came back")

func explainListening(config *pgx.ConnConfig, err error) error {
	if errors.Is(err, errSilent) {
		return fmt.Errorf("postgres: %s:%d is another database than the session store's, or a connection pooler: name Postgres itself", config.Host, config.Port)
	}
	return explainPostgres(config, err)
}

// probe listens, publishes, and reports whether the message came back. To
// others, the message means nothing.
func (s *Store) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*probeWait)
	defer cancel()
	conn, err := s.startListening(ctx)
	if err != nil {
		return err
	}
	defer closeConn(conn)
	word := "probe " + rand.Text()
	if err := s.notify(ctx, word); err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	for {
		message, err := conn.WaitForNotification(wait)
		if err != nil {
			return errSilent
		}
		if message.Payload == word {
			return nil
		}
	}
}

// startListening has a connection of its own, for it would keep one of the
// pool's for ever.
func (s *Store) startListening(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, s.listenConfig)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, `LISTEN `+engine.Channel); err != nil {
		closeConn(conn)
		return nil, err
	}
	return conn, nil
}
