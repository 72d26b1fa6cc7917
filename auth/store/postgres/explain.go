package postgres

import (
	"context"
	"errors"
	"fmt"
	"latchkey/auth/store/internal/engine"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// What a server can refuse, and what to do.
const (
	refusesPassword = "refuses the user or password: correct them in the URL"
	noDatabase      = "has no such database: create it, or correct the URL"
	noConnection    = "has no connection left: raise its max_connections, or lower pool_max_conns in the URL"
	wantsTLS        = "wants TLS: add ?sslmode=verify-full to the URL"
	refusesTLS      = "does not speak TLS: set it up there, or write ?sslmode=disable where nobody can listen in"
)

// postgresHints are its error codes, and what to do.
var postgresHints = map[string]string{
	"28P01": refusesPassword,
	"28000": "does not let this user in from here: see its pg_hba.conf, and sslmode in the URL",
	"3D000": noDatabase,
	"42501": "does not let this user make tables: GRANT CREATE ON SCHEMA public, or let their owner start first",
	"25006": "is a standby: name the primary, or all of them and ?target_session_attrs=read-write",
	"53300": noConnection,
	"57P03": "is starting or stopping: start again in a moment",
}

// poolerMends are for poolers, which have one code for everything, by what their
// messages hold.
var poolerMends = []struct{ says, mend string }{
	{"no more connections allowed", "is a connection pooler without a connection left: raise its max_client_conn"},
	{"no such database", noDatabase},
	{"no such user", refusesPassword},
	{"authentication failed", refusesPassword},
	{"SSL required", wantsTLS},
	{"TLS required", wantsTLS},
	{"server login", "is a connection pooler that cannot reach its Postgres: see its log"},
	{"cannot connect to server", "is a connection pooler that cannot reach its Postgres: see its log"},
	{"query_wait_timeout", "is a connection pooler that had no server connection free: raise its pool_size"},
	{"does not exist", noDatabase},
}

// explainPostgres says what to mend.
func explainPostgres(config *pgx.ConnConfig, err error) error {
	where := fmt.Sprintf("postgres: %s:%d", config.Host, config.Port)
	var refusal *pgconn.PgError
	var connecting *pgconn.ConnectError
	switch {
	case errors.As(err, &refusal):
		return fmt.Errorf("%s %s", where, postgresRefuses(refusal))
	case engine.CertError(err) != "":
		return fmt.Errorf("%s %s", where, engine.CertError(err))
	case needsTLS(config) && strings.Contains(err.Error(), "server refused TLS connection"):
		return fmt.Errorf("%s %s", where, refusesTLS)
	case errors.As(err, &connecting):
		return fmt.Errorf("%s %s", where, engine.Unreachable(err))
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s gave no answer within %v: see in its pg_locks who holds up whom", where, engine.StartTimeout)
	}
	return fmt.Errorf("%s: %w", where, err)
}

// needsTLS reports whether the URL allows no connection without.
func needsTLS(config *pgx.ConnConfig) bool {
	for _, next := range config.Fallbacks {
		if next.TLSConfig == nil {
			return false
		}
	}
	return config.TLSConfig != nil
}

func postgresRefuses(refusal *pgconn.PgError) string {
	if mend := postgresHints[refusal.Code]; mend != "" {
		return mend
	}
	for _, known := range poolerMends {
		if refusal.Code == "08P01" && strings.Contains(refusal.Message, known.says) {
			return known.mend
		}
	}
	return "refuses: " + engine.OneLine(refusal.Message) + " (" + engine.OneLine(refusal.Code) + ")"
}
