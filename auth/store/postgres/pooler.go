package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"latchkey/auth/store/internal/engine"
)

// A connection pooler such as PgBouncer may run each statement on another
// connection to the server. Prepared statements then fail, and LISTEN stays silent,
// because both belong to a connection.

// probeWait is how long a message may take to come back at start.
const probeWait = time.Second

// detectPooler reports whether connections lead to a pooler, and adapts the
// configuration to it. A server reports its own process when a connection starts; a
// pooler reports one that does not exist.
func detectPooler(ctx context.Context, config *pgx.ConnConfig) (pooled bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return false, err
	}
	defer closeConn(conn)
	var pid uint32
	err = conn.QueryRow(ctx, `SELECT pg_backend_pid()`, pgx.QueryExecModeSimpleProtocol).Scan(&pid)
	pooled = pid != conn.PgConn().PID()
	if pooled && config.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
		config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe // the same round trips, without names
	}
	return pooled, err
}

// chooseListening finds out how this replica receives what the others publish, and
// logs a warning if it has to poll.
func (s *Store) chooseListening(ctx context.Context, o engine.Options) error {
	if o.ListenURL != "" {
		if err := s.listenOn(ctx, o.ListenURL); err != nil {
			return fmt.Errorf("the URL to listen on (SESSION_STORE_LISTEN): %w", err)
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
	o.Log.Warn("the session store is behind a connection pooler, through which Postgres cannot notify: " +
		"an open tab shows up to a second late that its session has ended elsewhere. " +
		"To show it at once, set SESSION_STORE_LISTEN to a URL that leads to Postgres itself")
	return nil
}

func (s *Store) listenOn(ctx context.Context, url string) error {
	parsed, err := pgxpool.ParseConfig(url) // because the URL may have parameters of the pool
	if err != nil {
		return errURL(err)
	}
	config := parsed.ConnConfig
	config.ConnectTimeout = connectTimeout
	s.listenConfig, s.shared = config, true
	err = s.probe(ctx)
	if errors.Is(err, errSilent) {
		return fmt.Errorf("postgres: %s:%d is another database than the session store's, or a connection pooler: name Postgres itself", config.Host, config.Port)
	}
	if err != nil {
		return explain(config, err)
	}
	return nil
}

var errSilent = errors.New("no message came back")

// probe listens, publishes a message that other replicas ignore, and returns an
// error if it does not come back.
func (s *Store) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*probeWait)
	defer cancel()
	conn, err := s.startListening(ctx)
	if err != nil {
		return err
	}
	defer closeConn(conn)
	probe := "probe " + rand.Text()
	if err := s.notify(ctx, probe); err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	for {
		message, err := conn.WaitForNotification(wait)
		if err != nil {
			return errSilent
		}
		if message.Payload == probe {
			return nil
		}
	}
}
