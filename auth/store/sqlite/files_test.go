package sqlite

import (
	"errors"
	"io/fs"
	"latchkey/auth/store/storetest"
	"log/slog"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestFilesAreOwnerOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a file? #1.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil { // as a lax umask would have left it
		t.Fatal(err)
	}
	storetest.WantCreated(t, opened(t, "sqlite:"+path), storetest.AnyRecord(), true)
	wantOwnerOnly(t, path)
}

func wantOwnerOnly(t *testing.T, path string) {
	t.Helper()
	for _, suffix := range suffixes {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := info.Mode().Perm(), fs.FileMode(0o600); got != want {
			t.Errorf("mode of %q: got %v, want %v", info.Name(), got, want)
		}
	}
}

// Links may lead to the file, whether it exists or not. The file and those beside it
// are in the same folder and owner-only.
func TestFilesAreOwnerOnlyThroughLinks(t *testing.T) {
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
			storetest.WantCreated(t, opened(t, "sqlite:"+path), storetest.AnyRecord(), true)
			wantOwnerOnly(t, file)
		})
	}
}

func TestOpenRefusesCircularLink(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink("link.db", path); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), path)
	storetest.WantRefused(t, err, "too many")
}

// A file of another user is used if it can be written to, and the log warns that
// others can read it. The child process runs as the user nobody.
func TestFileOfAnotherUserIsLogged(t *testing.T) {
	t.Parallel()
	nobody, err := user.Lookup("nobody")
	if err == nil && os.Getuid() != 0 {
		err = errors.New("only root can give a file to another user")
	}
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("FILES OF ANOTHER USER GO UNTESTED: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "latchkey-another-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	file, program := filepath.Join(folder, "latchkey.db"), filepath.Join(folder, "test")
	binary, err := os.ReadFile(os.Args[0]) // the user nobody may not read it in its folder
	if err := errors.Join(err, os.WriteFile(program, binary, 0o755), os.WriteFile(file, nil, 0o600), os.Chmod(file, 0o666), os.Chmod(folder, 0o777)); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(program, "-test.run=^TestOpenerProcess$", "-test.v")
	child.Dir, child.Env = folder, []string{"LATCHKEY_TEST_OPEN=sqlite:" + file, "TMPDIR=" + folder}
	uid, _ := strconv.Atoi(nobody.Uid)
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	output, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "belongs to another user") || !strings.Contains(string(output), "latchkey.db") {
		t.Errorf("got error %v, want a store, and a warning that names the file:\n%s", err, output)
	}
}

// TestOpenerProcess is the child process of the test above.
func TestOpenerProcess(t *testing.T) {
	if url := os.Getenv("LATCHKEY_TEST_OPEN"); url != "" {
		storetest.WantCreated(t, opened(t, url, WithLog(slog.New(slog.NewTextHandler(os.Stdout, nil)))), storetest.AnyRecord(), true)
	}
}
