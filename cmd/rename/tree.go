package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// ownFolder keeps the old names, so that a renamed project can say that it is renamed.
const ownFolder = "cmd/rename/"

// trackedFiles returns the files of a clone. It refuses one that has been renamed, and
// one with changes that are not committed: git could not undo the renaming alone.
func trackedFiles(folder string, n names) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("%w. Run this in the root of a clone", err)
	}
	if path := modfile.ModulePath(text); path != oldModule {
		return nil, fmt.Errorf("the module is %s already. To choose again, go back to the commit before it was renamed", path)
	}
	if _, err := os.Stat(filepath.Join(folder, "cmd", n.program)); err == nil && n.program != oldModule {
		return nil, fmt.Errorf("cmd/%s exists already: choose another last element of the module path", n.program)
	}
	status, err := git(folder, "status", "--porcelain")
	if err != nil {
		return nil, err
	}
	if status != "" {
		return nil, fmt.Errorf("these changes are not committed. Commit or undo them first, so that git can undo the renaming:\n%s", status)
	}
	list, err := git(folder, "ls-files", "-z")
	return strings.FieldsFunc(list, func(r rune) bool { return r == 0 }), err
}

func git(folder string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = folder
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("git %s: %s", args[0], bytes.TrimSpace(failed.Stderr))
	}
	return string(out), err
}

// rename changes the old names in a file and in its path, and reports whether it has any.
func rename(folder, file string, n names) (bool, error) {
	from, to := filepath.Join(folder, file), filepath.Join(folder, n.replace(file))
	info, err := os.Lstat(from)
	if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(file, ownFolder) {
		return false, err
	}
	old, err := os.ReadFile(from)
	if err != nil {
		return false, err
	}
	text, err := n.rewrite(file, old)
	if err != nil || (to == from && bytes.Equal(old, text)) {
		return false, err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return false, err
	}
	if err := os.WriteFile(to, text, info.Mode()); err != nil || to == from {
		return true, err
	}
	return true, removeFile(folder, file)
}

// removeFile removes a file, and the folders that are then empty.
func removeFile(folder, file string) error {
	if err := os.Remove(filepath.Join(folder, file)); err != nil {
		return err
	}
	for dir := filepath.Dir(file); dir != "." && os.Remove(filepath.Join(folder, dir)) == nil; {
		dir = filepath.Dir(dir)
	}
	return nil
}

// rewrite returns the content of a file with the new names. It formats Go code again,
// because the length of a name aligns the comments beside it.
func (n names) rewrite(file string, content []byte) ([]byte, error) {
	if bytes.IndexByte(content, 0) >= 0 || !oldNames.Match(content) {
		return content, nil // an image, or without a name
	}
	text := []byte(n.replace(string(content)))
	if filepath.Ext(file) != ".go" {
		return text, nil
	}
	text, err := format.Source(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return text, nil
}
