package postgres

import (
	"context"
	"fmt"
	"strconv"

	"latchkey/auth/store"
)

// serverState is what Check reads of a server, in one round trip.
type serverState struct {
	version           string
	number            int // 150003 for 15.3
	synchronousCommit string
	standbyNames      string
	fsync             string
	readOnly          string // transaction_read_only
	recovery          bool   // whether it is a standby
	standbys          int    // that are connected; 0 if this user may not see them
	synchronous       int    // of these
}

const stateQuery = `
	SELECT current_setting('server_version'), current_setting('server_version_num')::int, current_setting('synchronous_commit'),
		current_setting('synchronous_standby_names'), current_setting('fsync'), current_setting('transaction_read_only'), pg_is_in_recovery(),
		count(r.sync_state)::int, count(r.pid) FILTER (WHERE r.sync_state IN ('sync', 'quorum'))::int
	FROM (SELECT 1) AS one LEFT JOIN pg_stat_replication AS r ON true`

// Check returns the version, the durability of a commit, the standbys, and how this
// store listens to other replicas.
func (s *Store) Check(ctx context.Context) ([]store.Finding, error) {
	var state serverState
	err := s.pool.QueryRow(ctx, stateQuery).Scan(&state.version, &state.number, &state.synchronousCommit, &state.standbyNames,
		&state.fsync, &state.readOnly, &state.recovery, &state.standbys, &state.synchronous)
	if err != nil {
		return nil, err
	}
	return []store.Finding{state.versionFinding(), state.role(), state.durability(), state.standby(), s.listening()}, nil
}

func (p serverState) versionFinding() store.Finding {
	f := store.Finding{Name: "version", Detail: "Postgres " + p.version}
	if p.number < 120000 {
		f.Remedy, f.Severe = "Upgrade to Postgres 12 or later", true
	}
	return f
}

func (p serverState) role() store.Finding {
	f := store.Finding{Name: "role", Detail: "this server accepts writes"}
	if p.recovery || p.readOnly == "on" {
		f.Detail, f.Severe = "this server is a standby, or its transactions are read-only", true
		f.Remedy = "Name the primary in SESSION_STORE, or all hosts with ?target_session_attrs=read-write"
	}
	return f
}

func (p serverState) durability() store.Finding {
	f := store.Finding{Name: "durability", Detail: "synchronous_commit is " + p.synchronousCommit + ": a crash loses nothing"}
	switch {
	case p.fsync == "off":
		f.Detail, f.Severe = "fsync is off: a crash can destroy the database", true
		f.Remedy = "Set fsync to on"
	case p.synchronousCommit == "off":
		f.Detail = "synchronous_commit is off: a crash can bring a session back that has just ended"
		f.Remedy = "Set synchronous_commit to on for this database or user"
	case p.standbyNames != "" && p.synchronousCommit == "local":
		f.Detail = "synchronous_commit is local: a commit does not wait for the synchronous standby, so a fail-over can bring ended sessions back"
		f.Remedy = "Set synchronous_commit to on for this database or user"
	}
	return f
}

func (p serverState) standby() store.Finding {
	f := store.Finding{Name: "standby", Detail: strconv.Itoa(p.standbys) + " standbys connected, " + strconv.Itoa(p.synchronous) + " synchronous"}
	switch {
	case p.standbys == 0:
		f.Detail = fmt.Sprintf("no standby that this user can see; synchronous_standby_names is %q", p.standbyNames)
	case p.standbyNames == "":
		f.Detail += ": a fail-over loses the last moments, and can bring ended sessions back"
		f.Remedy = "Name a synchronous standby in synchronous_standby_names"
	case p.synchronous == 0:
		f.Detail += fmt.Sprintf(", although synchronous_standby_names is %q: commits wait for one", p.standbyNames)
		f.Remedy = "Start the synchronous standby: until then nobody can sign in"
	}
	return f
}

// listening says how soon this store learns what other replicas publish.
func (s *Store) listening() store.Finding {
	f := store.Finding{Name: "notifications", Detail: "sessions that end on another replica show at once"}
	if s.polls {
		f.Detail = "the URL leads to a connection pooler, so open tabs show up to a second late that their session has ended on another replica"
		f.Remedy = "Set SESSION_STORE_LISTEN to a URL that leads to Postgres itself"
	}
	return f
}
