package sqlite

import (
	"latchkey/auth/store/storetest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenErrorsNameTheFix(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, url, want string }{
		{"no file", "sqlite:", "write sqlite:PATH"},
		{"in memory", "sqlite::memory:", "or memory:"},
		{"missing directory", "sqlite:" + folder + "/none/x.db", "does not exist: create it"},
		{"a directory", "sqlite:" + folder, "is a folder: name a file in it"},
		{"a file for a directory", "sqlite:" + text + "/x.db", "is not a folder"},
		{"not a database", "sqlite:" + text, "is not an SQLite database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(t.Context(), c.url)
			storetest.WantRefused(t, err, c.want)
		})
	}
}
