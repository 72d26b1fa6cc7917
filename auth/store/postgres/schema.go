package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"latchkey/auth/store/internal/engine"
)

// schema has one entry for each version: to change a table, append one.
//
// The index keys of a record have a table of their own, so that updates of the
// record, which are frequent, leave them alone. Each would write an array column
// and its GIN index again.
var schema = []string{`
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

	// OFFSET 0 keeps Postgres from joining the whole tables, which it does before
	// it has statistics about them.
	listRecords = `
		SELECT record.* FROM latchkey_entries AS entry, LATERAL (
			SELECT key, substring(data FROM 1 FOR $2), least(expires, now() + interval '100 years') - now() FROM latchkey_records
			WHERE key = entry.key AND expires > now() OFFSET 0
		) AS record
		WHERE index_key = $1`

	scanRecords = `
		SELECT key, substring(data FROM 1 FOR $2), least(expires, now() + interval '100 years') - now() FROM latchkey_records
		WHERE key > $1 AND expires > now() ORDER BY key LIMIT $3`

	sweepRecords = `
		WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($1) AS turn)
		DELETE FROM latchkey_records WHERE (SELECT turn FROM mine) AND key IN (
			SELECT key FROM latchkey_records WHERE expires <= now() LIMIT $2 FOR UPDATE SKIP LOCKED)`
)

// All programs that use a database share its advisory locks, so the numbers are
// unusual.
const (
	schemaLock int64 = 0x6c61746368_01
	sweepLock  int64 = 0x6c61746368_02
)

// migrate applies the schema. If many replicas start at once, one of them does it.
//
// If the schema is up to date, migrate takes no lock and needs no right to create
// tables. The lock may belong to a replica whose machine has failed, which Postgres
// notices only hours later.
func (s *Store) migrate(ctx context.Context) error {
	version, err := schemaVersion(ctx, s.pool)
	if err != nil || version == len(schema) {
		return err
	}
	seeOthers := pgx.TxOptions{IsoLevel: pgx.ReadCommitted} // what they committed while this one waited for the lock
	return pgx.BeginTxFunc(ctx, s.pool, seeOthers, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, schemaLock); err != nil {
			return err
		}
		version, err := schemaVersion(ctx, tx)
		if err != nil || version == len(schema) {
			return err
		}
		changes := append([]string{`CREATE TABLE IF NOT EXISTS latchkey_schema AS SELECT 0 AS version`}, schema[version:]...)
		for _, change := range changes {
			if _, err := tx.Exec(ctx, change); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE latchkey_schema SET version = $1`, len(schema))
		return err
	})
}

// schemaVersion returns how many entries of the schema have been applied. It reads
// the catalog because to_regclass would return a cached result from before the lock.
func schemaVersion(ctx context.Context, db interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}) (version int, err error) {
	var exists bool
	err = db.QueryRow(ctx, `SELECT count(*) = 1 FROM pg_class WHERE relname = 'latchkey_schema' AND pg_table_is_visible(oid)`).Scan(&exists)
	if err != nil || !exists {
		return 0, err
	}
	err = db.QueryRow(ctx, `SELECT version FROM latchkey_schema`).Scan(&version)
	if err == nil && version > len(schema) {
		err = engine.ErrNewer
	}
	return version, err
}
