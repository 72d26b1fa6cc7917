package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

func openPostgres(ctx context.Context, rawURL string, o options, sweepEvery time.Duration) (Store, error) {
	config, err := pgxpool.ParseConfig(rawURL)
	if err != nil {
		return nil, errPostgresURL(err)
	}
	config.PingTimeout = time.Second
	config.ConnConfig.ConnectTimeout = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	s, err := connectPostgres(ctx, config)
	if err != nil {
		return nil, explainPostgres(config.ConnConfig, err)
	}
	if err := s.chooseListening(ctx, o); err != nil {
		_ = closePool(s.pool)
		return nil, err
	}
	s.sweeper = startSweeper(sweepEvery, s.sweep)
	return s, nil
}

func connectPostgres(ctx context.Context, config *pgxpool.Config) (*postgresStore, error) {
	pooled, err := detectPooler(ctx, config.ConnConfig)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	s := &postgresStore{pool: pool, pooled: pooled, listenConfig: config.ConnConfig, alone: newPostgresPing(config.ConnConfig)}
	err = s.migrate(ctx)
	if err == nil {
		err = verify(ctx, s)
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
