package sqlite

import (
	"bytes"
	"io/fs"
	"latchkey/auth/store/storetest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOpenErrorsNameTheFix(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(folder, "damaged.db")
	other := filepath.Join(folder, "other.db")
	if _, err := connection(t, other).ExecContext(t.Context(), "CREATE TABLE books (title); PRAGMA user_version = 1"); err != nil {
		t.Fatal(err)
	}
	t.Run("first run", func(t *testing.T) { opened(t, damaged) })
	damage(t, damaged)
	for _, c := range []struct{ name, url, want string }{
		{"no file", "sqlite:", "write sqlite:PATH"},
		{"in memory", "sqlite::memory:", "or memory:"},
		{"missing directory", "sqlite:" + folder + "/none/x.db", "does not exist: create it"},
		{"a directory", "sqlite:" + folder, "is a folder: name a file in it"},
		{"a file for a directory", "sqlite:" + text + "/x.db", "not a directory"},
		{"not a database", "sqlite:" + text, "file is not a database"},
		{"a database of another program", "sqlite:" + other, "is the database of another program"},
		{"a damaged database", "sqlite:" + damaged, "is damaged: restore a back-up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(t.Context(), c.url)
			storetest.WantRefused(t, err, c.want)
		})
	}
}

// damage overwrites all of a database but its header.
func damage(tb testing.TB, path string) {
	tb.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt(bytes.Repeat([]byte("x"), 32<<10), 100); err != nil {
		tb.Fatal(err)
	}
}

// As the root of a container is, in which the default file would be.
func TestErrorOfReadOnlyDiskNamesTheFix(t *testing.T) {
	t.Parallel()
	err := explain("/latchkey.db", &fs.PathError{Op: "open", Path: "/latchkey.db", Err: syscall.EROFS})
	storetest.WantRefused(t, err, "file system is read-only: name a file on another")
}
