package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

func write(tb testing.TB, folder, file string, text []byte, mode os.FileMode) {
	tb.Helper()
	path := filepath.Join(folder, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, text, mode); err != nil {
		tb.Fatal(err)
	}
}

func command(tb testing.TB, folder, name string, args ...string) string {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), name, args...)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// clone returns a folder with these files, committed.
func clone(tb testing.TB, files map[string]string) string {
	tb.Helper()
	folder := tb.TempDir()
	for file, text := range files {
		write(tb, folder, file, []byte(text), 0o600)
	}
	commit(tb, folder)
	return folder
}

func commit(tb testing.TB, folder string) {
	tb.Helper()
	command(tb, folder, "git", "init", "--quiet")
	command(tb, folder, "git", "add", "--all", "--force")
	command(tb, folder, "git", "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false", "commit", "--quiet", "--message=Test")
}

func small() map[string]string {
	return map[string]string{
		"go.mod":                   "module latchkey\n",
		"cmd/latchkey/main.go":     "package main\n\nvar (\n\tlatchkey = 1 // program\n\tother    = 2 // not\n)\n",
		"cmd/latchkey/e2e/a.txt":   "latchkey",
		"cmd/rename/names.go":      "package main // latchkey stays",
		".github/latchkey.service": "Latchkey",
		"image.png":                "\x00latchkey",
		"other.txt":                "nothing",
	}
}

func TestRenamesFilesAndContents(t *testing.T) {
	t.Parallel()
	folder := clone(t, small())
	if err := os.Symlink("nowhere/latchkey", filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	commit(t, folder)
	var out strings.Builder
	if err := run(folder, []string{"example.com/acme/app", "Acme"}, &out); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"go.mod":              "module example.com/acme/app\n",
		"cmd/app/main.go":     "package main\n\nvar (\n\tapp   = 1 // program\n\tother = 2 // not\n)\n",
		"cmd/app/e2e/a.txt":   "app",
		"cmd/rename/names.go": "package main // latchkey stays",
		".github/app.service": "Acme",
		"image.png":           "\x00latchkey",
		"other.txt":           "nothing",
	}
	for file, text := range want {
		if got, err := os.ReadFile(filepath.Join(folder, file)); err != nil || string(got) != text {
			t.Errorf("%s: got %q and error %v, want %q", file, got, err, text)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "cmd/latchkey")); !os.IsNotExist(err) {
		t.Errorf("cmd/latchkey: got error %v, want none of it left", err)
	}
	if !strings.Contains(out.String(), "4 of 8 files changed") || !strings.Contains(out.String(), "everyone signs in again") {
		t.Errorf("got\n%s\nwant what changed, and who signs in again", &out)
	}
}

func TestRenameIsRefused(t *testing.T) {
	t.Parallel()
	with := func(file, text string) map[string]string {
		files := maps.Clone(small())
		files[file] = text
		return files
	}
	arguments := []string{"example.com/acme/app", "Acme"}
	for name, test := range map[string]struct {
		files  map[string]string
		args   []string
		change bool // without a commit
		want   string
	}{
		"no arguments":       {small(), nil, false, `go tool task rename -- example.com/acme/app "Acme"`},
		"a name in words":    {small(), []string{"example.com/acme/app", "Acme", "Inc."}, false, "give the module path and the name"},
		"a bad module":       {small(), []string{"acme", "Acme"}, false, "module path"},
		"renamed already":    {with("go.mod", "module example.com/acme/app\n"), arguments, false, "the module is example.com/acme/app already"},
		"no project":         {map[string]string{"a": ""}, arguments, false, "in the root of a clone"},
		"the program exists": {with("cmd/app/main.go", "package main"), arguments, false, "cmd/app exists already"},
		"changes":            {small(), arguments, true, "?? new.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := clone(t, test.files)
			if test.change {
				write(t, folder, "new.txt", nil, 0o600)
			}
			before := command(t, folder, "git", "status", "--porcelain")
			if err := run(folder, test.args, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
			if after := command(t, folder, "git", "status", "--porcelain"); after != before {
				t.Errorf("got the changes\n%s\nwant none", after)
			}
		})
	}
	if err := run(t.TempDir(), arguments, io.Discard); err == nil {
		t.Error("without git: got no error")
	}
}

// copyProject copies the files of this project that git knows, and commits them.
func copyProject(t *testing.T) string {
	t.Helper()
	const root = "../.."
	text, err := os.ReadFile(root + "/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if modfile.ModulePath(text) != oldModule {
		t.Skip("this is a fork, and has its own name already")
	}
	folder := t.TempDir()
	list := command(t, root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for file := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(root, file))
		if os.IsNotExist(err) {
			continue // deleted, and not committed
		}
		if err != nil {
			t.Fatal(err)
		}
		write(t, folder, file, content, 0o755)
	}
	commit(t, folder)
	return folder
}

// A copy of this project has no trace of its old name, and compiles with its tests. Those
// that run are the ones of the program that depend on names: people sign in and out, sessions
// are in each store, and the documents are about this program.
func TestRenamedProjectWorks(t *testing.T) {
	t.Parallel()
	folder := copyProject(t)
	if err := run(folder, []string{"example.com/acme/billing-portal", "Billing Portal"}, io.Discard); err != nil {
		t.Fatal(err)
	}
	for file, content := range contents(t, folder) {
		if (oldNames.MatchString(file) || oldNames.Match(content)) && !strings.HasPrefix(file, ownFolder) && !bytes.Contains(content, []byte{0}) {
			t.Errorf("%s has the old name", file)
		}
	}
	checkTypes(t, folder)
	t.Log(command(t, folder, "go", "test", "-vet=off", "-trimpath", "-ldflags=-s -w", "-gcflags=example.com/acme/...=-N -l -dwarf=false", // compiles in half the time
		"-run=TestSignInAndSignOut|TestSessionsCommandEnds|TestHelp|TestVersion|TestUnknown|TestDocuments|TestMap|TestBlocks|TestImports|TestDashboard|TestIncident", "./cmd/billing-portal"))
	if err := run(folder, []string{"example.com/acme/other", "Other"}, io.Discard); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("a second time: got error %v, want that it is renamed already", err)
	}
}

func contents(tb testing.TB, folder string) map[string][]byte {
	tb.Helper()
	files := map[string][]byte{}
	list := command(tb, folder, "git", "ls-files", "--others", "--cached")
	for _, file := range slices.Compact(slices.Sorted(strings.Lines(list))) {
		file = strings.TrimSpace(file)
		content, err := os.ReadFile(filepath.Join(folder, file))
		if os.IsNotExist(err) {
			continue // renamed
		}
		if err != nil {
			tb.Fatal(err)
		}
		files[file] = content
	}
	return files
}
