package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// A connection pooler such as PgBouncer may run each statement on another
// connection to the server. Prepared statements then fail, and LISTEN stays silent,
// because both belong to a connection.

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
