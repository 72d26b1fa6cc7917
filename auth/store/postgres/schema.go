package postgres

import (
	"context"
	"latchkey/auth/store/internal/engine"

	"github.com/jackc/pgx/v5"
)

// postgresSchema is the tables' history, one entry a version: to change a
// table, append.
//
// A record's entries stand in a table of their own, so that the many updates
// of a record touch no index key; an array column under a GIN index would be
// written anew by each.
var postgresSchema = []string{`
	CREATE TABLE latchkey_records (
		key     bytea PRIMARY KEY,
		data    bytea NOT NULL,
		expires timestamptz NOT NULL
	);
	CREATE INDEX latchkey_records_expires ON latchkey_records (expires);
	CREATE TABLE latchkey_entries (
		index_key bytea NOT NULL,
		key       bytea NOT NULL REFERENCES latchkey_records ON DELETE CASCADE,
		PRIMARY KEY (index_key, key)
	);
	CREATE INDEX latchkey_entries_key ON latchkey_entries (key);`, `
	CREATE TABLE latchkey_messages (
		id      text PRIMARY KEY,
		message text NOT NULL,
		created timestamptz NOT NULL
	);`,
}

// The statements that records live by.
const (
	clearRecord = `DELETE FROM latchkey_records WHERE key = $1 AND expires <= now()`

	createRecord = `
		WITH created AS (
			INSERT INTO latchkey_records (key, data, expires) VALUES ($1, $2, now() + $3::interval)
			ON CONFLICT DO NOTHING RETURNING key
		), entered AS (
			INSERT INTO latchkey_entries (index_key, key)
			SELECT index_key, key FROM created, unnest($4::bytea[]) AS index_key
			ON CONFLICT DO NOTHING
		)
		SELECT count(*) = 1 FROM created`

	findRecord = `SELECT data FROM latchkey_records WHERE key = $1 AND expires > now()`

	updateRecord = `
		UPDATE latchkey_records SET data = $3, expires = now() + $4::interval
		WHERE key = $1 AND data = $2 AND expires > now()`

	deleteRecord = `DELETE FROM latchkey_records WHERE key = $1 AND expires > now() RETURNING data`

	// OFFSET 0 keeps Postgres from joining the whole tables, which it tries as
	// long as it has not yet counted what is in them.
	listRecords = `
		SELECT record.* FROM latchkey_entries AS entry, LATERAL (
			SELECT key, substring(data FROM 1 FOR $2), least(expires, now() + interval '100 years') - now() FROM latchkey_records
			WHERE key = entry.key AND expires > now() OFFSET 0
		) AS record
		WHERE index_key = $1`

	sweepRecords = `
		WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($1) AS turn)
		DELETE FROM latchkey_records WHERE (SELECT turn FROM mine) AND key IN (
			SELECT key FROM latchkey_records WHERE expires <= now() LIMIT $2 FOR UPDATE SKIP LOCKED)`
)

// Advisory locks are numbers that all of a database shares: these were drawn
// by lot.
const (
	schemaLock int64 = 0x6c61746368_01
	sweepLock  int64 = 0x6c61746368_02
)

// migrate brings the tables to the newest schema, once, however many replicas
// start at a time. It asks for no right that it does not need: once the tables
// are there, a user who may not create any will do. Nor does it then wait for
// the lock, which a replica may hold that went away with its machine: Postgres
// notices that after hours.
func (s *Store) migrate(ctx context.Context) error {
	version, err := schemaVersion(ctx, s.pool)
	if err != nil || version == len(postgresSchema) {
		return err
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, schemaLock); err != nil {
			return err
		}
		version, err := schemaVersion(ctx, tx)
		if err != nil || version == len(postgresSchema) {
			return err
		}
		changes := append([]string{`CREATE TABLE IF NOT EXISTS latchkey_schema AS SELECT 0 AS version`}, postgresSchema[version:]...)
		for _, change := range changes {
			if _, err := tx.Exec(ctx, change); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE latchkey_schema SET version = $1`, len(postgresSchema))
		return err
	})
}

// schemaVersion is how many entries of postgresSchema the database has had. It
// reads the catalog itself: to_regclass would remember of before the lock that
// there was no such table.
func schemaVersion(ctx context.Context, db interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}) (version int, err error) {
	var there bool
	err = db.QueryRow(ctx, `SELECT count(*) = 1 FROM pg_class WHERE relname = 'latchkey_schema' AND pg_table_is_visible(oid)`).Scan(&there)
	if err != nil || !there {
		return 0, err
	}
	err = db.QueryRow(ctx, `SELECT version FROM latchkey_schema`).Scan(&version)
	if err == nil && version > len(postgresSchema) {
		err = engine.ErrNewer
	}
	return version, err
}
