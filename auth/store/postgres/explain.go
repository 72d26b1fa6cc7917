package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/auth/store/internal/engine"
)

const (
	wrongPassword = "refuses the user or password: correct them in the URL"
	noDatabase    = "has no such database: create it, or correct the URL"
	requiresTLS   = "requires TLS: add ?sslmode=verify-full to the URL"
	isStandby     = "is a standby: name the primary, or all hosts with ?target_session_attrs=read-write"
)

// fixes are for Postgres's error codes.
var fixes = map[string]string{
	"28P01": wrongPassword,
	"28000": "rejects this user from this address: see its pg_hba.conf, and sslmode in the URL",
	"3D000": noDatabase,
	"3F000": "has no schema of the search_path: create it, or correct search_path in the URL",
	"42501": "does not allow this user to create tables or to use them: start as their owner, " +
		"or GRANT CREATE ON SCHEMA public, and SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN it",
	"25006": isStandby,
	"53300": "has no connection left: raise its max_connections, or lower pool_max_conns in the URL",
	"57P03": "is starting or stopping: start again in a moment",
}

// poolerCode is the only error code of poolers. Their texts differ.
const poolerCode = "08P01"

var poolerHints = []engine.Hint{
	{Says: "no more connections allowed", Fix: "is a connection pooler without a connection left: raise its max_client_conn"},
	{Says: "no such database", Fix: noDatabase},
	{Says: "no such user", Fix: wrongPassword},
	{Says: "authentication failed", Fix: wrongPassword},
	{Says: "SSL required", Fix: requiresTLS},
	{Says: "TLS required", Fix: requiresTLS},
	{Says: "server login", Fix: "is a connection pooler that cannot reach its Postgres: see its log"},
	{Says: "cannot connect to server", Fix: "is a connection pooler that cannot reach its Postgres: see its log"},
	{Says: "transaction blocks not allowed", Fix: "is a connection pooler in statement mode, which cannot create tables: start once with a URL that leads to Postgres itself"},
	{Says: "query_wait_timeout", Fix: "is a connection pooler that had no server connection free: raise its pool_size"},
	{Says: "does not exist", Fix: noDatabase},
}

// connectHints are for what the client's own errors contain.
var connectHints = []engine.Hint{
	{Says: "read only connection", Fix: isStandby},
	{Says: "server is in hot standby mode", Fix: isStandby},
}

// explain returns an error that names the fix.
func explain(config *pgx.ConnConfig, err error) error {
	where := fmt.Sprintf("postgres: %s:%d", config.Host, config.Port)
	withoutTLS := slices.ContainsFunc(config.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.TLSConfig == nil })
	var refusal *pgconn.PgError
	var connecting *pgconn.ConnectError
	switch {
	case errors.As(err, &refusal):
		return fmt.Errorf("%s %s", where, explainRefusal(refusal))
	case !withoutTLS && strings.Contains(err.Error(), "server refused TLS connection"):
		return fmt.Errorf("%s does not support TLS: set it up there, or write ?sslmode=disable if its network is private", where)
	case errors.As(err, &connecting):
		return fmt.Errorf("%s %s", where, cmp.Or(engine.Fix(connectHints, err.Error()), engine.Unreachable(err)))
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s gave no answer within %v: see in its pg_stat_activity what it waits for, such as a lock or a synchronous standby", where, engine.StartTimeout)
	}
	return fmt.Errorf("%s: %w", where, err)
}

func explainRefusal(refusal *pgconn.PgError) string {
	fix := fixes[refusal.Code]
	if refusal.Code == poolerCode {
		fix = engine.Fix(poolerHints, refusal.Message)
	}
	if fix == "" {
		fix = fmt.Sprintf("refuses: %.200q (%.10q)", refusal.Message, refusal.Code)
	}
	return fix
}
