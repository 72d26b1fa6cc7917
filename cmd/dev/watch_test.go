package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestUpToDate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	made := filepath.Join(folder, "made.js")
	write := func(name string, age time.Duration) {
		at := time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(filepath.Join(folder, name), nil, 0o600), os.Chtimes(filepath.Join(folder, name), at, at)); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		what string
		do   func()
		want bool
	}{
		{"nothing made", func() { write("source.js", time.Hour) }, false},
		{"made after its source", func() { write("made.js", time.Minute) }, true},
		{"a source that is newer", func() { write("other.js", time.Second) }, false},
		{"another kind of file that is newer", func() { write("other.js", time.Hour); write("main.go", 0) }, true},
		{"a source of the other kind that is newer", func() { write("style.css", 0) }, false},
	} {
		step.do()
		if got := upToDate(made, filepath.Join(folder, "*.js"), filepath.Join(folder, "*.css")); got != step.want {
			t.Errorf("%s: got up to date %t, want %t", step.what, got, step.want)
		}
	}
}

// An app that does not compile because of a file may compile without it.
func TestWatchRunsTheCommandAfterAFileIsRemoved(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	script, runs := filepath.Join(folder, "command"), filepath.Join(folder, "runs")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(script, "#!/bin/sh\necho run >> "+runs+"\n")
	write(filepath.Join(folder, "main.go"), "package main")
	write(filepath.Join(folder, "broken.go"), "package")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- watch(ctx, folder, script, freePort("0"), freePort("0")) }()
	waitForRuns := func(when string, want int) {
		t.Helper()
		for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			text, _ := os.ReadFile(runs)
			got := strings.Count(string(text), "run")
			if got == want {
				return
			}
			if time.Since(start) > time.Minute || got > want {
				t.Fatalf("%s: the command has run %d times, want %d", when, got, want)
			}
		}
	}
	waitForRuns("at the start", 1)
	if err := os.Remove(filepath.Join(folder, "broken.go")); err != nil {
		t.Fatal(err)
	}
	waitForRuns("after a file is removed", 2)
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("at the end: got error %v, want none", err)
	}
}

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
