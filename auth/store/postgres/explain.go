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
	isStandby     = "is a standby: name the primary, or all hosts with ?target_session_attrs=read-write"
)

// fixes are for Postgres's error codes.
var fixes = map[string]string{
	"28P01": wrongPassword,
	"28000": "rejects this user from this address: see its pg_hba.conf, and sslmode in the URL",
	"3D000": "has no such database: create it, or correct the URL",
	"3F000": "has no schema of the search_path: create it, or correct search_path in the URL",
	"42501": "does not allow this user to create tables or to use them: start as their owner, " +
		"or GRANT CREATE ON SCHEMA public, and SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN it",
	"25006": isStandby,
	"53300": "has no connection left: raise its max_connections, or lower pool_max_conns in the URL",
}

// hints are for what the errors of poolers and of the client contain.
var hints = []engine.Hint{
	{Says: "authentication failed", Fix: wrongPassword},
	{Says: "transaction blocks not allowed", Fix: "is a connection pooler in statement mode, which cannot create tables: start once with a URL that leads to Postgres itself"},
	{Says: "read only connection", Fix: isStandby},
	{Says: "server is in hot standby mode", Fix: isStandby},
}

// explain returns an error that names the fix, or what the server says.
func explain(config *pgx.ConnConfig, err error) error {
	withoutTLS := slices.ContainsFunc(config.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.TLSConfig == nil })
	refusal, refused := errors.AsType[*pgconn.PgError](err)
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	reason := engine.Fix(hints, err.Error())
	switch {
	case reason != "":
	case refused:
		reason = cmp.Or(fixes[refusal.Code], fmt.Sprintf("refuses: %.200q (%.10q)", refusal.Message, refusal.Code))
	case !withoutTLS && strings.Contains(err.Error(), "server refused TLS connection"):
		reason = "does not support TLS: set it up there, or write ?sslmode=disable if its network is private"
	case connecting:
		reason = engine.Unreachable(err)
	case errors.Is(err, context.DeadlineExceeded):
		reason = fmt.Sprintf("gave no answer within %v: see in its pg_stat_activity what it waits for, such as a lock or a synchronous standby", engine.StartTimeout)
	default:
		return fmt.Errorf("postgres: %s:%d: %w", config.Host, config.Port, err)
	}
	return fmt.Errorf("postgres: %s:%d %s", config.Host, config.Port, reason)
}
