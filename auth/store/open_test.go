package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenSaysWhatToMend(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, url, want string }{
		{"empty", "", "this is not the URL of a store"},
		{"no scheme", "hunter2", "write memory:, sqlite:PATH"},
		{"unknown scheme", "mysql://root:hunter2@db/x", `no store named "mysql://"`},
		{"memory with a path", "memory:x", "not the URL of a store"},
		{"no file", "sqlite:", "write sqlite:PATH"},
		{"in memory", "sqlite::memory:", "or memory:"},
		{"no such folder", "sqlite:" + folder + "/none/x.db", "does not exist: create it"},
		{"a folder", "sqlite:" + folder, "is a folder: name a file in it"},
		{"a file for a folder", "sqlite:" + text + "/x.db", "is not a folder"},
		{"another file", "sqlite:" + text, "is not an SQLite database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, c.url, c.want)
		})
	}
}

// wantRefused also watches for passwords, which are all "hunter2" here.
func wantRefused(t *testing.T, url, want string) {
	t.Helper()
	s, err := Open(t.Context(), url)
	if err == nil {
		s.Close()
		t.Fatalf("Open: got a store, want an error that says %q", want)
	}
	if got := err.Error(); !strings.Contains(got, want) {
		t.Errorf("Open: got error %q, want one that says %q", got, want)
	}
	if got := err.Error(); strings.Contains(got, "hunter2") || strings.Contains(got, "\n") {
		t.Errorf("Open: got error %q, want one sentence without the password", got)
	}
}
