package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteReaders is how many look-ups run at once; a look-up is processor time.
const sqliteReaders = 8

// sqliteSettings hold for each connection. A writer waits two seconds for
// another process' lock. synchronous=FULL because delete is final: a power cut
// must not bring back the session that someone has just ended.
const sqliteSettings = "_txlock=immediate" +
	"&_pragma=busy_timeout(2000)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"

// Open opens the database file that a URL names, sqlite:PATH or just the path,
// creates or migrates its tables, and checks that it can be written to. The file
// is created if it does not exist.
//
// An error is one sentence that names the fix.
func Open(ctx context.Context, url string, with ...Option) (*Store, error) {
	o, path := newOptions(with), strings.TrimPrefix(url, "sqlite:")
	if path == "" || strings.Contains(path, ":memory:") {
		return nil, errors.New("sqlite: names no file: write sqlite:PATH, or memory: to keep nothing")
	}
	path = filepath.Clean(strings.TrimPrefix(path, "//"))
	path, err := followLinks(path)
	if err == nil {
		err = createOwnerOnly(path)
	}
	if err != nil {
		return nil, explainSQLite(path, err)
	}
	s, err := connectSQLite(path)
	if err != nil {
		return nil, explainSQLite(path, err)
	}
	if err := s.start(ctx); err != nil {
		return nil, explainSQLite(path, errors.Join(err, closeBoth(s.read, s.write)))
	}
	for _, file := range makeOwnerOnly(path) {
		o.log.Warn("a file of the session store belongs to another user, and others may read it: chmod it to 0600, or let this process' user own it", "file", file)
	}
	s.sweeper = engine.StartSweeper(o.sweepEvery, s.sweep)
	return s, nil
}

func connectSQLite(path string) (s *Store, err error) {
	name := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + sqliteSettings
	s = &Store{}
	if s.read, err = sql.Open("sqlite", name); err != nil {
		return nil, err
	}
	if s.write, err = sql.Open("sqlite", name); err != nil {
		return nil, err
	}
	s.read.SetMaxOpenConns(sqliteReaders)
	s.read.SetMaxIdleConns(sqliteReaders)
	s.write.SetMaxOpenConns(1)
	return s, nil
}

// start switches to the write-ahead log, which the file then remembers, before
// the schema is looked at.
func (s *Store) start(ctx context.Context) error {
	if _, err := s.write.ExecContext(ctx, `PRAGMA journal_mode = WAL`); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	_, err := s.Create(ctx, store.Record{Expires: time.Now()}) // expired at once: proves that the file can be written to
	return err
}

// explainSQLite says what to mend.
func explainSQLite(path string, err error) error {
	var failure *sqlite.Error
	code := 0
	if errors.As(err, &failure) {
		code = failure.Code() & 0xff
	}
	folder := filepath.Dir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("sqlite: the folder %q does not exist: create it, or name another", folder)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("sqlite: %q is not a folder: name another", folder)
	case isFolder(path):
		return fmt.Errorf("sqlite: %q is a folder: name a file in it", path)
	case errors.Is(err, fs.ErrPermission), code == sqlite3.SQLITE_READONLY, code == sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("sqlite: %q cannot be written: let this process' user own it and write to the folder %q", path, folder)
	case code == sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("sqlite: %q is not an SQLite database: name another file", path)
	case code == sqlite3.SQLITE_BUSY:
		return fmt.Errorf("sqlite: another process keeps %q locked: stop it, or name another file", path)
	}
	return fmt.Errorf("sqlite: %q: %w", path, err)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func closeBoth(read, write *sql.DB) error {
	return errors.Join(read.Close(), write.Close())
}
