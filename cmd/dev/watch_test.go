package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// templ reads the changed texts of a page from a file that it finds by the path of the
// page's source.
func TestGoBuildKeepsSourcePaths(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	source, program := filepath.Join(folder, "main.go"), filepath.Join(folder, "program")
	const code = `package main
import ("fmt"; "runtime")
func main() { _, path, _, _ := runtime.Caller(0); fmt.Print(path) }`
	if err := os.WriteFile(source, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	build := goBuild(t.Context(), program, source)
	build.Env = append(os.Environ(), "GOFLAGS=-trimpath")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	got, err := exec.CommandContext(t.Context(), program).Output()
	if err != nil || !filepath.IsAbs(string(got)) {
		t.Errorf("the path of the source: got %q and error %v, want an absolute path", got, err)
	}
}
