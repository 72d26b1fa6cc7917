package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"latchkey/auth/store"
)

// Check returns the version, the journal, and who can read the file.
func (s *Store) Check(ctx context.Context) ([]store.Finding, error) {
	const query = `SELECT sqlite_version(), journal_mode, file FROM pragma_journal_mode, pragma_database_list WHERE name = 'main'`
	var version, journal, file string
	if err := s.read.QueryRowContext(ctx, query).Scan(&version, &journal, &file); err != nil {
		return nil, err
	}
	return []store.Finding{
		{Name: "version", Detail: "SQLite " + version + ", part of this program"},
		journalFinding(journal), fileFinding(file),
	}, nil
}

func journalFinding(mode string) store.Finding {
	f := store.Finding{Name: "journal", Detail: "journal_mode is " + mode}
	if mode != "wal" {
		f.Remedy = "Move the file to a local disk: its file system does not support write-ahead logging, so readers wait for writers"
	}
	return f
}

// fileFinding reports files that others can read. The app makes them owner-only
// where it may.
func fileFinding(path string) store.Finding {
	f := store.Finding{Name: "file", Detail: fmt.Sprintf("only its owner can read %s", path)}
	if open := makeOwnerOnly(path); len(open) > 0 {
		f.Detail = fmt.Sprintf("others can read %s, which belongs to another user", open[0])
		f.Remedy = "Run chmod 0600 on it, or let the user of this process own it"
	}
	return f
}

// CheckNew checks the folder of a database that does not exist yet, without creating
// it: the check may run as another user than the app. It reports false if the URL is
// not SQLite's, if the file exists, or if Open reports what is wrong.
func CheckNew(url string) (f store.Finding, isNew bool) {
	path, isFile := strings.CutPrefix(url, "sqlite:")
	path = filepath.Clean(strings.TrimPrefix(path, "//"))
	folder := filepath.Dir(path)
	if !isFile || exists(path) || !exists(folder) {
		return f, false
	}
	f = store.Finding{Name: "folder", Detail: fmt.Sprintf("%s does not exist yet, and the app will create it", path)}
	file, err := os.CreateTemp(folder, ".latchkey-doctor-*")
	if err != nil {
		f.Detail, f.Severe = fmt.Sprintf("%s cannot be written to", folder), true
		f.Remedy = "Let the user of this process own the folder, or name a file in another one"
		return f, true
	}
	file.Close()
	os.Remove(file.Name())
	return f, true
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
