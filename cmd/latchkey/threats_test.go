package main

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// testNames returns the names of all tests.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	root, known := os.DirFS("../.."), map[string]bool{}
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		code, err := fs.ReadFile(root, path)
		for _, match := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllSubmatch(code, -1) {
			known[string(match[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// SECURITY.md and Taskfile.yml name only tests that exist: go test does not fail if none
// has the name.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	known := testNames(t)
	for file, least := range map[string]int{".github/SECURITY.md": 50, "Taskfile.yml": 4} {
		named := matches(`\b((?:Test|Fuzz)[A-Z]\w+)`, document(t, file))
		if len(named) < least {
			t.Errorf("%s: got %d tests named, want at least %d", file, len(named), least)
		}
		for _, name := range named {
			if !known[name] {
				t.Errorf("%s names %s, and there is no such test", file, name)
			}
		}
	}
}
