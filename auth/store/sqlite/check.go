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

// Check returns the version, the settings of the connections, and the access to the
// file and its folder.
func (s *Store) Check(ctx context.Context) ([]store.Finding, error) {
	var version, journal, file string
	var synchronous int
	for query, value := range map[string]any{
		`SELECT sqlite_version()`: &version,
		`PRAGMA journal_mode`:     &journal,
		`PRAGMA synchronous`:      &synchronous,
		`SELECT file FROM pragma_database_list() WHERE name = 'main'`: &file,
	} {
		if err := s.write.QueryRowContext(ctx, query).Scan(value); err != nil {
			return nil, err
		}
	}
	return []store.Finding{
		{Name: "version", Detail: "SQLite " + version + ", part of this program"},
		journalFinding(journal), synchronousFinding(synchronous), fileFinding(file), folderFinding(filepath.Dir(file)),
	}, nil
}

func journalFinding(mode string) store.Finding {
	f := store.Finding{Name: "journal", Detail: "journal_mode is " + mode}
	if mode != "wal" {
		f.Remedy = "Move the file to a local disk: its file system does not support write-ahead logging, so readers wait for writers"
	}
	return f
}

func synchronousFinding(level int) store.Finding {
	const full = 2
	f := store.Finding{Name: "durability", Detail: "synchronous is FULL: a power cut loses nothing"}
	if level < full {
		f.Detail, f.Severe = fmt.Sprintf("synchronous is %d, less than FULL: a power cut loses the last moments", level), true
		f.Remedy = "Remove the setting that lowers it"
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

// folderFinding checks that SQLite can create its journal beside the file.
func folderFinding(folder string) store.Finding {
	f := store.Finding{Name: "folder", Detail: fmt.Sprintf("%s can be written to", folder)}
	file, err := os.CreateTemp(folder, ".latchkey-doctor-*")
	if err != nil {
		f.Detail, f.Severe = fmt.Sprintf("%s cannot be written to, so SQLite cannot keep its journal there", folder), true
		f.Remedy = "Let the user of this process own the folder, or name a file in another one"
		return f
	}
	file.Close()
	os.Remove(file.Name())
	return f
}

// CheckNew checks the place of a database that does not exist yet, without creating
// it: the check may run as another user than the app. It reports false if the
// file exists.
func CheckNew(url string) (store.Finding, bool) {
	path, err := followLinks(filepath.Clean(strings.TrimPrefix(strings.TrimPrefix(url, "sqlite:"), "//")))
	if err != nil || exists(path) || !exists(filepath.Dir(path)) {
		return store.Finding{}, false // Open reports what is wrong
	}
	f := folderFinding(filepath.Dir(path))
	f.Detail = fmt.Sprintf("%s does not exist yet, and the app will create it; %s", path, f.Detail)
	return f, true
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
