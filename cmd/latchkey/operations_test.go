package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/auth/store"
	"latchkey/auth/store/sqlite"
	"latchkey/auth/store/storetest"
)

func operationsBlock(tb testing.TB, language, start string) string {
	tb.Helper()
	return findBlock(tb, ".github/OPERATIONS.md", language, start)
}

// Redis does not start with a setting that it does not know.
func TestRedisTakesTheSettingsOfOperations(t *testing.T) {
	t.Parallel()
	var settings []string
	for line := range strings.Lines(operationsBlock(t, "conf", "appendonly")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		settings = append(settings, "--"+name, value)
	}
	server := storetest.Redis(t, settings...)
	t.Cleanup(server.Stop)
}

// The command for back-ups copies what the running app has just written.
func TestBackupCommandOfOperations(t *testing.T) {
	t.Parallel()
	storetest.Need(t, "sqlite3", "sqlite3")
	folder := t.TempDir()
	open := func(file string) store.Store {
		s, err := sqlite.Open(t.Context(), filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	r := store.Record{Key: store.Key{1}, Data: []byte("a session"), Expires: time.Now().Add(time.Hour)}
	if created, err := open("latchkey.db").Create(t.Context(), r); !created || err != nil {
		t.Fatalf("Create: got %v and error %v", created, err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", operationsBlock(t, "sh", "sqlite3 latchkey.db \".backup"))
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if data, err := open("copy.db").Find(t.Context(), r.Key); err != nil || string(data) != string(r.Data) {
		t.Errorf("the back-up: got %q and error %v, want %q", data, err, r.Data)
	}
}

// After a crash, the write-ahead log beside the file has changes of after the back-up. A
// plain copy over the file would mix both.
func TestRestoreCommandOfOperations(t *testing.T) {
	t.Parallel()
	storetest.Need(t, "sqlite3", "sqlite3")
	folder, crashed := t.TempDir(), t.TempDir()
	running, err := sqlite.Open(t.Context(), filepath.Join(folder, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Close() })
	shell := func(script string) {
		cmd := exec.CommandContext(t.Context(), "sh", "-ec", script)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", script, err, out)
		}
	}
	const each = 200
	var all []store.Record
	create := func() {
		for range each {
			r := storetest.AnyRecord(storetest.AnyKey())
			storetest.WantCreated(t, running, r, true)
			all = append(all, r)
		}
	}
	create()
	shell(operationsBlock(t, "sh", "sqlite3 latchkey.db \".backup"))
	create()
	shell("cp latchkey.db latchkey.db-wal copy.db " + crashed)
	folder = crashed
	shell(operationsBlock(t, "sh", "sqlite3 latchkey.db \".restore"))
	restored, err := sqlite.Open(t.Context(), filepath.Join(crashed, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { restored.Close() })
	for i, r := range all {
		if i >= each {
			r.Data = nil // created after the back-up
		}
		storetest.WantFound(t, restored, r.Key, r.Data)
	}
}

// The command that OPERATIONS.md names for an app of one's own, in a folder with a space.
func TestTaskWritesHTMXToAFolder(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("../../assets/htmx/htmx.min.js")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("htmx is not here, so the task goes UNTESTED: `go tool task assets` fetches it")
	}
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "my app")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "-C", "../..", "tool", "task", "htmx", "--", folder).CombinedOutput(); err != nil {
		t.Fatalf("go tool task htmx: %v\n%s", err, out)
	}
	if got, err := os.ReadFile(filepath.Join(folder, "htmx.min.js")); err != nil || string(got) != string(want) {
		t.Errorf("htmx: got %d bytes and error %v, want %d", len(got), err, len(want))
	}
}
