package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckFindsNothingWrong(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	found, err := s.Check(t.Context())
	if err != nil || len(found) != 3 {
		t.Fatalf("Check: got %d findings and error %v, want 3", len(found), err)
	}
	for _, f := range found {
		if f.Remedy != "" || f.Severe || f.Detail == "" {
			t.Errorf("got %+v, want nothing wrong", f)
		}
	}
}

func TestCheckFindsFileSystemWithoutWriteAheadLog(t *testing.T) {
	t.Parallel()
	if f := journalFinding("delete"); f.Severe || f.Remedy == "" {
		t.Errorf("a journal that is no write-ahead log: got %+v, want a finding", f)
	}
}

// The check of a new database creates no file: it may run as another user than the app.
func TestCheckNewCreatesNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "latchkey.db")
	f, isNew := CheckNew("sqlite:" + path)
	if !isNew || f.Remedy != "" || !strings.Contains(f.Detail, "does not exist yet") {
		t.Errorf("a new file: got %+v and %v, want that the app will create it", f, isNew)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 0 {
		t.Errorf("the folder: got %v and error %v, want it empty", files, err)
	}
	if _, isNew := CheckNew("sqlite:" + filepath.Join(folder, "missing", "latchkey.db")); isNew {
		t.Error("a folder that does not exist: got a new file, want none, so that Open reports it")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, isNew := CheckNew("sqlite:" + path); isNew {
		t.Error("a file that exists: got a new one")
	}
}
