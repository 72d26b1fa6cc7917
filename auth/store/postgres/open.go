package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Open opens the database that a URL names, creates or migrates its tables, and
// checks that it can be written to. The URL is
// postgres://user:password@host[:port]/database, with libpq's parameters. It
// works with Postgres 12 and later.
//
// An error is one sentence that names the fix. It never contains a password.
func Open(ctx context.Context, rawURL string, with ...Option) (*Store, error) {
	o := newOptions(with)
	config, err := pgxpool.ParseConfig(rawURL)
	if err != nil {
		return nil, errPostgresURL(err)
	}
	config.PingTimeout = time.Second
	config.ConnConfig.ConnectTimeout = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, engine.StartTimeout)
	defer cancel()
	s, err := connectPostgres(ctx, config)
	if err != nil {
		return nil, explainPostgres(config.ConnConfig, err)
	}
	if err := s.chooseListening(ctx, o); err != nil {
		_ = closePool(s.pool)
		return nil, err
	}
	s.sweeper = engine.StartSweeper(o.sweepEvery, s.sweep)
	return s, nil
}

func connectPostgres(ctx context.Context, config *pgxpool.Config) (*Store, error) {
	pooled, err := detectPooler(ctx, config.ConnConfig)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	s := &Store{pool: pool, pooled: pooled, listenConfig: config.ConnConfig, alone: newPostgresPing(config.ConnConfig)}
	err = s.migrate(ctx)
	if err == nil {
		_, err = s.Create(ctx, store.Record{Expires: time.Now()}) // expired at once: proves that the tables can be written to
	}
	if err != nil {
		_ = closePool(pool)
		return nil, err
	}
	return s, nil
}

// closePool does not wait long for a server that hangs.
func closePool(pool *pgxpool.Pool) error {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		pool.Close()
	}()
	select {
	case <-closed:
		return nil
	case <-time.After(time.Second):
		return errors.New("postgres: the server does not let go: its connections end with this process")
	}
}

// errPostgresURL leaves out what the parser says, which may quote a password,
// unless it is about a file.
func errPostgresURL(err error) error {
	var file *fs.PathError
	if errors.As(err, &file) {
		return fmt.Errorf("postgres: a file that the URL names cannot be read: %w", file)
	}
	return errors.New("postgres: the URL cannot be read: " +
		"write postgres://user:password@host:5432/database, with special characters in the password as %XX")
}
