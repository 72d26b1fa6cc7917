package sqlite

import (
	"context"
	"database/sql"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func newURL(tb testing.TB) string {
	return "sqlite:" + filepath.Join(tb.TempDir(), "latchkey.db")
}

// opened returns a store that is closed at the end of the test.
func opened(tb testing.TB, url string, with ...Option) *Store {
	tb.Helper()
	return storetest.Opened[*Store](tb)(Open(tb.Context(), url, with...))
}

func pair(tb testing.TB) (one, other store.Store) {
	url := newURL(tb)
	return opened(tb, url), opened(tb, url)
}

// hang makes another connection hold the write lock.
func hang(tb testing.TB) (s store.Store, hang, resume func()) {
	url := newURL(tb)
	conn := connection(tb, url)
	s = opened(tb, url)
	exec := func(statement string) {
		if _, err := conn.ExecContext(context.Background(), statement); err != nil {
			tb.Fatalf("%s: got error %v, want none", statement, err)
		}
	}
	return s, func() { exec("BEGIN IMMEDIATE") }, func() { exec("ROLLBACK") }
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Engine{Pair: pair, Hang: hang})
}

func TestSweepDeletesExpiredRecords(t *testing.T) {
	t.Parallel()
	s := opened(t, newURL(t))
	storetest.SweepDeletesExpired(t, s, s.sweep, func([]store.Key) (count int) {
		const query = `SELECT count(*) + (SELECT count(*) FROM entries) FROM records`
		if err := s.read.QueryRowContext(t.Context(), query).Scan(&count); err != nil {
			t.Fatal(err)
		}
		return count
	})
}

// connection opens another connection to the store's file.
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

func TestRestartKeepsRecords(t *testing.T) {
	t.Parallel()
	url, r := newURL(t), storetest.AnyRecord(storetest.AnyKey())
	t.Run("first run", func(t *testing.T) { storetest.WantCreated(t, opened(t, url), r, true) })
	s := opened(t, url)
	storetest.WantFound(t, s, r.Key, r.Data)
	storetest.WantListed(t, s, r.Index[0], r)
}

func TestConcurrentOpensMigrateOnce(t *testing.T) {
	t.Parallel()
	url := newURL(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { opened(t, url) })
	}
	all.Wait()
}

func TestOpenRefusesNewerSchema(t *testing.T) {
	t.Parallel()
	url := newURL(t)
	if _, err := connection(t, url).ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), url)
	if err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("Open: got error %v, want one about a newer version", err)
	}
}

// A copy of only the file, made while the program runs, contains the records from
// before the last sweep.
func TestCopyOfFileIsBackup(t *testing.T) {
	t.Parallel()
	url := newURL(t)
	s, r := opened(t, url), storetest.AnyRecord(storetest.AnyKey())
	storetest.WantCreated(t, s, r, true)
	if _, err := s.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	// In another process, because reading the file in this one would release its locks.
	if output, err := exec.Command("cp", strings.TrimPrefix(url, "sqlite:"), copied).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, output)
	}
	storetest.WantFound(t, opened(t, copied), r.Key, r.Data)
}
