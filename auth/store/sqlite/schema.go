package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"latchkey/auth/store/internal/engine"
)

// schema has one entry for each version: to change a table, append one. PRAGMA
// user_version is the number of entries that have been applied to a file.
//
// The index keys of a record have a table of their own, so that updates of the
// record, which are frequent, leave them alone.
var schema = []string{`
	CREATE TABLE records (
		key     BLOB PRIMARY KEY,
		data    BLOB NOT NULL,
		expires INTEGER NOT NULL -- milliseconds since 1970
	) STRICT;
	CREATE INDEX records_expires ON records (expires);
	CREATE TABLE entries (
		index_key BLOB NOT NULL,
		key       BLOB NOT NULL REFERENCES records ON DELETE CASCADE,
		PRIMARY KEY (index_key, key)
	) STRICT, WITHOUT ROWID;
	CREATE INDEX entries_key ON entries (key);
	CREATE TABLE messages (
		id      INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused, or a listener would miss a message
		message TEXT NOT NULL,
		expires INTEGER NOT NULL
	) STRICT;`,
}

// statements are prepared once, because each request uses them.
type statements struct {
	find, list, news                     *sql.Stmt
	clear, create, enter, update, delete *sql.Stmt
	publish, sweepRecords, sweepMessages *sql.Stmt
}

func (s *Store) prepare(ctx context.Context) (err error) {
	on := func(db *sql.DB, query string) *sql.Stmt {
		if err != nil {
			return nil
		}
		var stmt *sql.Stmt
		stmt, err = db.PrepareContext(ctx, query)
		return stmt
	}
	s.on = statements{
		find: on(s.read, `SELECT data FROM records WHERE key = ? AND expires > ?`),
		list: on(s.read, `SELECT key, substr(data, 1, ?), expires FROM entries JOIN records USING (key) WHERE index_key = ? AND expires > ?`),
		news: on(s.read, `SELECT id, message FROM messages WHERE id > ? ORDER BY id`),

		clear:   on(s.write, `DELETE FROM records WHERE key = ? AND expires <= ?`),
		create:  on(s.write, `INSERT INTO records (key, data, expires) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`),
		enter:   on(s.write, `INSERT INTO entries (index_key, key) VALUES (?, ?) ON CONFLICT DO NOTHING`),
		update:  on(s.write, `UPDATE records SET data = ?, expires = ? WHERE key = ? AND data = ? AND expires > ?`),
		delete:  on(s.write, `DELETE FROM records WHERE key = ? AND expires > ? RETURNING data`),
		publish: on(s.write, `INSERT INTO messages (message, expires) VALUES (?, ?)`),

		sweepRecords:  on(s.write, `DELETE FROM records WHERE key IN (SELECT key FROM records WHERE expires <= ? LIMIT ?)`),
		sweepMessages: on(s.write, `DELETE FROM messages WHERE expires <= ?`),
	}
	return err
}

// migrate applies the schema. If many processes start at once, an immediate
// transaction lets one of them do it.
func (s *Store) migrate(ctx context.Context) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	var version int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	if version > len(schema) {
		return engine.ErrNewer
	}
	if version == len(schema) {
		return nil // without a write, which would wait for the disk at each start
	}
	for _, change := range schema[version:] {
		if _, err := tx.ExecContext(ctx, change); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, len(schema))); err != nil {
		return err
	}
	return tx.Commit()
}
