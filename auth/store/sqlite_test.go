package store

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
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
	wantOwnersOnly(t, path)
}

func wantOwnersOnly(t *testing.T, path string) {
	t.Helper()
	for _, suffix := range sqliteFiles {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := info.Mode().Perm(), fs.FileMode(0o600); got != want {
			t.Errorf("mode of %q: got %v, want %v", info.Name(), got, want)
		}
	}
}

// However the path leads to the file, and whether it is there yet: it and the
// files beside it are nobody else's, and stand where the file is.
func TestSQLiteFilesAreTheirOwnersOnlyThroughLinks(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]func(folder, file string) (path string, err error){
		"a link to nothing": func(folder, file string) (string, error) {
			return folder + "/link.db", os.Symlink(file, folder+"/link.db")
		},
		"a relative link": func(folder, file string) (string, error) {
			return folder + "/link.db", os.Symlink("real/"+filepath.Base(file), folder+"/link.db")
		},
		"a link to a link": func(folder, file string) (string, error) {
			return folder + "/link.db", errors.Join(os.Symlink("other.db", folder+"/link.db"), os.Symlink(file, folder+"/other.db"))
		},
		"a linked folder": func(folder, file string) (string, error) {
			return folder + "/data/" + filepath.Base(file), os.Symlink("real", folder+"/data")
		},
		"a link to a file that others may read": func(folder, file string) (string, error) {
			return folder + "/link.db", errors.Join(os.WriteFile(file, nil, 0o600), os.Chmod(file, 0o666), os.Symlink(file, folder+"/link.db"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			file := filepath.Join(folder, "real", "latchkey.db")
			if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			path, err := link(folder, file)
			if err != nil {
				t.Fatal(err)
			}
			wantCreated(t, opened(t, "sqlite:"+path), anyRecord(), true)
			wantOwnersOnly(t, file)
		})
	}
}

func TestSQLiteLinksThatLeadNowhere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink("link.db", path); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, "sqlite:"+path, "too many symbolic links")
}

// A file of another user serves, if it can be written to, and its operator reads
// that others may read it. The child of this test is nobody.
func TestSQLiteFileOfAnotherUser(t *testing.T) {
	t.Parallel()
	nobody, err := user.Lookup("nobody")
	if os.Getuid() != 0 || err != nil {
		t.Skip("only root can have a file be another user's")
	}
	folder, err := os.MkdirTemp("", "latchkey-another-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	file, program := filepath.Join(folder, "latchkey.db"), filepath.Join(folder, "test")
	binary, err := os.ReadFile(os.Args[0]) // where it is, nobody may read it
	if err := errors.Join(err, os.WriteFile(program, binary, 0o755), os.WriteFile(file, nil, 0o600), os.Chmod(file, 0o666), os.Chmod(folder, 0o777)); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(program, "-test.run=^TestSQLiteOpener$", "-test.v")
	child.Dir, child.Env = folder, []string{"LATCHKEY_TEST_OPEN=sqlite:" + file, "TMPDIR=" + folder}
	uid, _ := strconv.Atoi(nobody.Uid)
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	said, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "belongs to another user") || !strings.Contains(string(said), "latchkey.db") {
		t.Errorf("got error %v, want a store, and a warning that names the file:\n%s", err, said)
	}
}

// TestSQLiteOpener is the child of the test above.
func TestSQLiteOpener(t *testing.T) {
	if url := os.Getenv("LATCHKEY_TEST_OPEN"); url != "" {
		wantCreated(t, openedWith(t, url, WithLog(slog.New(slog.NewTextHandler(os.Stdout, nil)))), anyRecord(), true)
	}
}

// A copy of the file alone, taken while the program runs, has what is older than
// a sweep.
func TestSQLiteFileIsTheBackup(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	s, err := open(t.Context(), url, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := anyRecord(anyKey())
	wantCreated(t, s, r, true)
	copied := filepath.Join(t.TempDir(), "copy.db")
	eventually(t, "the copy has the record", func() bool {
		// By another process: to read the file in this one would release its locks.
		if said, err := exec.Command("cp", strings.TrimPrefix(url, "sqlite:"), copied).CombinedOutput(); err != nil {
			t.Fatalf("cp: %v: %s", err, said)
		}
		backup, err := Open(t.Context(), "sqlite:"+copied)
		if err != nil {
			return false
		}
		defer backup.Close()
		data, err := backup.Find(t.Context(), r.Key)
		return err == nil && bytes.Equal(data, r.Data)
	})
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
