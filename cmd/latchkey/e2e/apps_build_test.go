package e2e

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	modzip "golang.org/x/mod/zip"

	"latchkey/auth/authtest"
)

// apps are the apps in testdata that import this module.
var apps = map[string]*importer{"servemux": {}, "chi": {}}

// importer is an app in a module of its own, built against this module as Go would
// download it: without what git ignores, such as htmx.
type importer struct {
	build sync.Once
	path  string
	err   error
}

// startedApp returns an app in testdata as a program with a provider, behind a proxy on
// the host of the provider, whose cookies are deleted together with its own.
func startedApp(tb testing.TB, name string) (*program, func(authtest.Fault)) {
	tb.Helper()
	app := apps[name]
	app.build.Do(func() { app.path, app.err = buildApp(name) })
	if app.err != nil {
		tb.Fatal(app.err)
	}
	p := newProgram(tb)
	p.path = app.path
	between := p.proxied(tb)
	tb.Cleanup(p.kill)
	p.start(tb)
	return p, between
}

func buildApp(name string) (path string, err error) {
	sources, err := unpackedModule()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(folder, "apps", name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata/apps", name))); err != nil {
		return "", err
	}
	hidden, err := filepath.Glob(filepath.Join(dir, "*.txt")) // a name that this module's tools ignore
	if err != nil {
		return "", err
	}
	for _, file := range hidden {
		if err := os.Rename(file, strings.TrimSuffix(file, ".txt")); err != nil {
			return "", err
		}
	}
	for from, to := range map[string]string{"testdata/apps/style.css": "style.css", "../../../assets/htmx/htmx.min.js": "htmx.min.js", "../../../go.sum": "go.sum"} {
		if err := copyFile(from, filepath.Join(dir, to)); err != nil {
			return "", fmt.Errorf("`go tool task assets` fetches htmx: %w", err)
		}
	}
	path = filepath.Join(dir, "app")
	for _, args := range [][]string{
		{"tool", "templ", "generate", "-log-level", "error", "-path", dir},
		{"-C", dir, "mod", "edit", "-require=latchkey@v0.0.0", "-replace=latchkey=" + sources},
		{"-C", dir, "build", "-mod=mod", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", path, "."},
	} {
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), "GOSUMDB=off", "GOFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return path, nil
}

// unpackedModule is a folder with this module as Go would unpack it.
var unpackedModule = sync.OnceValues(func() (string, error) {
	if _, err := built(); err != nil { // makes the folder
		return "", err
	}
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = repository
	names, err := list.Output()
	if err != nil {
		return "", err
	}
	var files []modzip.File
	for name := range strings.SplitSeq(strings.TrimRight(string(names), "\x00"), "\x00") {
		if _, err := os.Stat(filepath.Join(repository, name)); err == nil { // otherwise it has been deleted
			files = append(files, moduleFile(name))
		}
	}
	checked, err := modzip.CheckFiles(files)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(folder, "module")
	for _, name := range checked.Valid {
		if err := copyFile(filepath.Join(repository, name), filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	return dir, nil
})

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}

// moduleFile is a file of this module by its path.
type moduleFile string

func (f moduleFile) Path() string { return string(f) }
func (f moduleFile) Lstat() (os.FileInfo, error) {
	return os.Lstat(filepath.Join(repository, string(f)))
}
func (f moduleFile) Open() (io.ReadCloser, error) {
	return os.Open(filepath.Join(repository, string(f)))
}

// A module has no htmx, so an app must be able to hand it over.
func TestModuleHasNoHTMX(t *testing.T) {
	t.Parallel()
	dir, err := unpackedModule()
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && (entry.Name() == "htmx.min.js" || entry.Name() == "node_modules") {
			t.Errorf("the module contains %s, want only what git has", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
