package store

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func sqliteURL(tb testing.TB) string {
	return "sqlite:" + filepath.Join(tb.TempDir(), "latchkey.db")
}

func sqlitePair(tb testing.TB) (one, other Store) {
	url := sqliteURL(tb)
	return opened(tb, url), opened(tb, url)
}

// sqliteHang has another process' write lock stand still.
func sqliteHang(tb testing.TB) (s Store, hang, resume func()) {
	url := sqliteURL(tb)
	conn := connection(tb, url)
	s = opened(tb, url)
	say := func(statement string) {
		if _, err := conn.ExecContext(context.Background(), statement); err != nil {
			tb.Fatalf("%s: got error %v, want none", statement, err)
		}
	}
	return s, func() { say("BEGIN IMMEDIATE") }, func() { say("ROLLBACK") }
}

// connection is one to the same file beside the store.
func connection(tb testing.TB, url string) *sql.Conn {
	tb.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		tb.Fatal(err)
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close(); db.Close() })
	return conn
}

func TestSQLiteKeepsAllOverARestart(t *testing.T) {
	t.Parallel()
	url, r := sqliteURL(t), anyRecord(anyKey())
	t.Run("first run", func(t *testing.T) { wantCreated(t, opened(t, url), r, true) })
	s := opened(t, url)
	wantFound(t, s, r.Key, r.Data)
	wantListed(t, s, r.Index[0], r)
}

func TestSQLiteOpensOnceForManyProcesses(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { opened(t, url) })
	}
	all.Wait()
}

func TestSQLiteRefusesANewerSchema(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	if _, err := connection(t, url).ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), url)
	if err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("Open: got error %v, want one that names a newer version", err)
	}
}

func TestSQLiteFilesAreTheirOwnersOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a file? #1.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil { // as a lax umask would have left it
		t.Fatal(err)
	}
	wantCreated(t, opened(t, "sqlite:"+path), anyRecord(), true)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := info.Mode().Perm(), fs.FileMode(0o600); got != want {
			t.Errorf("mode of %q: got %v, want %v", info.Name(), got, want)
		}
	}
}

// TestSQLiteSurvivesKill has a child process write and say what it has
// written, kills it amid that, and looks for all that it said.
func TestSQLiteSurvivesKill(t *testing.T) {
	t.Parallel()
	url, index := sqliteURL(t), anyKey()
	child := exec.Command(os.Args[0], "-test.run=^TestSQLiteWriter$")
	child.Env = append(os.Environ(), "LATCHKEY_TEST_WRITER="+url, "LATCHKEY_TEST_INDEX="+hex.EncodeToString(index[:]))
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []Key
	for lines := bufio.NewScanner(output); lines.Scan(); {
		var key []byte
		if n, _ := fmt.Sscanf(lines.Text(), "written %x", &key); n == 1 && len(key) == len(Key{}) {
			acknowledged = append(acknowledged, Key(key))
		}
		if len(acknowledged) == 100 {
			child.Process.Kill()
		}
	}
	child.Wait()
	wantAll(t, opened(t, url), index, acknowledged)
}

// wantAll allows for more: the last may have been written, but not yet said.
func wantAll(t *testing.T, s Store, index Key, keys []Key) {
	t.Helper()
	if len(keys) < 100 {
		t.Fatalf("written before the kill: got %d records, want at least 100", len(keys))
	}
	for _, key := range keys {
		wantFound(t, s, key, key[:])
	}
	listed, err := s.List(t.Context(), index)
	if err != nil || len(listed) < len(keys) {
		t.Errorf("List: got %d records, error %v, want at least %d", len(listed), err, len(keys))
	}
}

// TestSQLiteWriter is the child of the test above: it writes until it is killed.
func TestSQLiteWriter(t *testing.T) {
	url := os.Getenv("LATCHKEY_TEST_WRITER")
	if url == "" {
		return
	}
	var index Key
	hex.Decode(index[:], []byte(os.Getenv("LATCHKEY_TEST_INDEX")))
	s := opened(t, url)
	for {
		r := anyRecord(index)
		r.Data = r.Key[:]
		wantCreated(t, s, r, true)
		fmt.Printf("written %x\n", r.Key)
	}
}
