package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
)

// readers limits the look-ups that run at once, which take processor time only.
const readers = 8

// lockWait is how long a writer waits for another process's lock.
const lockWait = 2 * time.Second

// settings apply to each connection. synchronous is FULL because delete is final: a
// power cut must not bring back a session that has just ended.
var settings = fmt.Sprintf("_txlock=immediate&_pragma=busy_timeout(%d)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)",
	lockWait.Milliseconds())

// Option is a setting that the URL has no place for.
type Option func(*Store)

// WithLog sets the logger for warnings at start. The default is slog.Default().
func WithLog(log *slog.Logger) Option { return func(s *Store) { s.log = log } }

// Open opens the database file that a URL names, sqlite:PATH or just the path,
// creates or migrates its tables, and checks that it can be written to. It creates
// the file if it does not exist.
//
// An error is one sentence that names the fix.
func Open(ctx context.Context, url string, with ...Option) (*Store, error) {
	path := strings.TrimPrefix(url, "sqlite:")
	if path == "" || strings.Contains(path, ":memory:") {
		return nil, engine.URLError{Err: errors.New("sqlite: names no file: write sqlite:PATH, or memory: to keep nothing")}
	}
	path, err := createOwnerOnly(filepath.Clean(strings.TrimPrefix(path, "//")))
	if err != nil {
		return nil, explain(path, err)
	}
	s, err := connect(path)
	if err != nil {
		return nil, explain(path, err)
	}
	for _, option := range with {
		option(s)
	}
	for _, file := range makeOwnerOnly(path) {
		s.log.Warn("a session store file belongs to another user, and others can read it: chmod it to 0600, or let this process's user own it", "file", file)
	}
	if err := s.start(ctx); err != nil {
		return nil, explain(path, errors.Join(err, closeBoth(s.read, s.write)))
	}
	s.stopSweep = engine.StartSweeping(s.sweep)
	return s, nil
}

func connect(path string) (s *Store, err error) {
	name := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + settings
	s = &Store{log: slog.Default()}
	if s.read, err = sql.Open("sqlite", name); err != nil {
		return nil, err
	}
	if s.write, err = sql.Open("sqlite", name); err != nil {
		return nil, err
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	s.write.SetMaxOpenConns(1)
	return s, nil
}

func (s *Store) start(ctx context.Context) error {
	if err := s.useWriteAheadLog(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	_, err := s.Create(ctx, store.Record{Expires: time.Now()}) // already expired: shows that the file can be written to
	return err
}

// useWriteAheadLog switches the file to a write-ahead log, which it keeps. Of two
// processes that switch a new file at once, SQLite refuses one without the wait of
// busy_timeout, because both hold the lock that the other waits for.
func (s *Store) useWriteAheadLog(ctx context.Context) error {
	for deadline := time.Now().Add(lockWait); ; time.Sleep(5 * time.Millisecond) {
		_, err := s.write.ExecContext(ctx, `PRAGMA journal_mode = WAL`)
		if code(err) != sqlite3.SQLITE_BUSY || time.Now().After(deadline) {
			return err
		}
	}
}

// code returns SQLite's primary result code, or 0 if the error is not SQLite's.
func code(err error) int {
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return 0
	}
	return failure.Code() & 0xff
}

// explain returns an error that names the fix, or what SQLite says.
func explain(path string, err error) error {
	code, folder := code(err), filepath.Dir(path)
	info, _ := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("sqlite: the folder %q does not exist: create it, or name another", folder)
	case info != nil && info.IsDir():
		return fmt.Errorf("sqlite: %q is a folder: name a file in it", path)
	case errors.Is(err, fs.ErrPermission), code == sqlite3.SQLITE_READONLY, code == sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("sqlite: %q cannot be written: let this process's user own it and write to the folder %q", path, folder)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("sqlite: %q cannot be created, because its file system is read-only: name a file on another one, such as a volume", path)
	case code == sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("sqlite: %q is damaged: restore a back-up, or name another file", path)
	case code == sqlite3.SQLITE_ERROR:
		return fmt.Errorf("sqlite: %q is the database of another program (%w): name another file", path, err)
	case code == sqlite3.SQLITE_BUSY:
		return fmt.Errorf("sqlite: another process keeps %q locked: stop it, or name another file", path)
	}
	return fmt.Errorf("sqlite: %q: %w", path, err)
}

func closeBoth(read, write *sql.DB) error {
	return errors.Join(read.Close(), write.Close())
}
