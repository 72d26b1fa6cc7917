package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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
		err = prove(ctx, s)
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

// postgresMends are its error codes, and what to do.
var postgresMends = map[string]string{
	"28P01": "refuses the user or password: correct them in the URL",
	"28000": "does not let this user in from here: see its pg_hba.conf, and sslmode in the URL",
	"3D000": "has no such database: create it, or correct the URL",
	"42501": "does not let this user make tables: GRANT CREATE ON SCHEMA public, or let their owner start first",
	"25006": "is a standby: name the primary, or all of them and ?target_session_attrs=read-write",
	"53300": "has no connection left: raise its max_connections, or lower pool_max_conns in the URL",
}

// explainPostgres says what to mend.
func explainPostgres(config *pgx.ConnConfig, err error) error {
	where := fmt.Sprintf("postgres: %s:%d", config.Host, config.Port)
	var refusal *pgconn.PgError
	var unreachable *pgconn.ConnectError
	switch {
	case errors.As(err, &refusal) && postgresMends[refusal.Code] != "":
		return fmt.Errorf("%s %s", where, postgresMends[refusal.Code])
	case untrusted(err) != "":
		return fmt.Errorf("%s %s", where, untrusted(err))
	case errors.As(err, &unreachable):
		return fmt.Errorf("%s cannot be reached: start it, or correct the URL", where)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s gave no answer within %v: see in its pg_locks who holds up whom", where, startLimit)
	}
	return fmt.Errorf("%s: %w", where, err)
}
