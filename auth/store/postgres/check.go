package postgres

import (
	"context"
	"fmt"

	"latchkey/auth/store"
)

// serverState is what Check reads of a server, in one round trip.
type serverState struct {
	version           string
	fsync             string
	synchronousCommit string
	standbyNames      string
	standbys          int // that are connected; 0 if this user may not see them
}

const stateQuery = `
	SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),
		current_setting('synchronous_standby_names'), (SELECT count(sync_state) FROM pg_stat_replication)`

// Check returns the version, the durability of a commit, and the standbys.
func (s *Store) Check(ctx context.Context) ([]store.Finding, error) {
	var p serverState
	err := s.pool.QueryRow(ctx, stateQuery).Scan(&p.version, &p.fsync, &p.synchronousCommit, &p.standbyNames, &p.standbys)
	if err != nil {
		return nil, err
	}
	return []store.Finding{{Name: "version", Detail: "Postgres " + p.version}, p.durability(), p.standby()}, nil
}

func (p serverState) durability() store.Finding {
	f := store.Finding{Name: "durability", Detail: "synchronous_commit is " + p.synchronousCommit}
	switch {
	case p.fsync == "off":
		f.Detail, f.Severe = "fsync is off: a crash can destroy the database", true
		f.Remedy = "Set fsync to on"
	case p.synchronousCommit == "off", p.synchronousCommit == "local" && p.standbyNames != "":
		f.Detail += ": a crash or a fail-over can bring a session back that has just ended"
		f.Remedy = "Set synchronous_commit to on for this database or user"
	}
	return f
}

func (p serverState) standby() store.Finding {
	f := store.Finding{Name: "standby", Detail: fmt.Sprintf("%d that this user can see; synchronous_standby_names is %q", p.standbys, p.standbyNames)}
	if p.standbys > 0 && p.standbyNames == "" {
		f.Detail += ": a fail-over loses the last moments, and can bring ended sessions back"
		f.Remedy = "Name a synchronous standby in synchronous_standby_names"
	}
	return f
}
