package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
)

// connectTimeout limits connecting to one host.
const connectTimeout = 2 * time.Second

// Open opens the database that a URL names, creates or migrates its tables, and
// checks that it can be written to. The URL is
// postgres://user:password@host[:port]/database, with libpq's parameters. The
// server is Postgres 12 or later.
//
// An error is one sentence that names the fix. It never contains a password.
func Open(ctx context.Context, rawURL string) (*Store, error) {
	config, err := pgxpool.ParseConfig(rawURL)
	if err != nil {
		return nil, errURL(err)
	}
	config.PingTimeout = time.Second
	config.ConnConfig.ConnectTimeout = connectTimeout
	ctx, cancel := context.WithTimeout(ctx, engine.StartTimeout)
	defer cancel()
	s, err := connect(ctx, config)
	if err != nil {
		return nil, explain(config.ConnConfig, err)
	}
	s.stopSweep = engine.StartSweeping(s.sweep)
	return s, nil
}

func connect(ctx context.Context, config *pgxpool.Config) (*Store, error) {
	pooled, err := detectPooler(ctx, config.ConnConfig)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	pings, err := pgxpool.NewWithConfig(ctx, pingConfig(config))
	if err != nil {
		return nil, errors.Join(err, closePools(pool))
	}
	s := &Store{pool: pool, pings: pings, polls: pooled}
	if err = s.migrate(ctx); err == nil {
		_, err = s.Create(ctx, store.Record{Expires: time.Now()}) // already expired: shows that the tables can be written to
	}
	if err != nil {
		_ = closePools(pool, pings)
		return nil, err
	}
	return s, nil
}

// detectPooler reports whether connections lead to a pooler such as PgBouncer, and
// adapts the configuration to it. A pooler may run each statement on another connection
// to the server. Prepared statements then fail, and LISTEN stays silent, because both
// belong to a connection. A server reports its own process when a connection starts; a
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

// pingConfig is for connections that pings alone use. If a ping's context is done
// while it connects, the pool goes on and gives the connection to the next ping: the
// network may be slow or, of several hosts, the first down.
func pingConfig(config *pgxpool.Config) *pgxpool.Config {
	config = config.Copy()
	config.MinConns, config.MinIdleConns, config.MaxConns = 0, 0, engine.PingConnections
	config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
	return config
}

// closePools waits for a second: a server that hangs would block it.
func closePools(pools ...*pgxpool.Pool) error {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for _, pool := range pools {
			pool.Close()
		}
	}()
	select {
	case <-closed:
		return nil
	case <-time.After(time.Second):
		return errors.New("postgres: the server hangs: its connections end with this process")
	}
}

// errURL omits the parser's error, which may quote a password, unless it is about a
// file.
func errURL(err error) error {
	var file *fs.PathError
	if errors.As(err, &file) {
		return engine.URLError{Err: fmt.Errorf("postgres: a file that the URL names cannot be read: %w", file)}
	}
	return engine.URLError{Err: errors.New("postgres: the URL cannot be read: " +
		"write postgres://user:password@host:5432/database, with special characters in the password as %XX")}
}
