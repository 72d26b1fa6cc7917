package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ/cmd/templ/generatecmd"
	templrun "github.com/a-h/templ/cmd/templ/generatecmd/run"
)

// appCommand makes this program build and run the app, instead of itself.
const appCommand = "app"

var (
	watched = regexp.MustCompile(`\.(templ|go|css|js|svg)$`)
	ignored = regexp.MustCompile(`_test\.go$|/assets/served/`)
)

// watch is `templ generate --watch`: after a change in a folder it generates, runs the
// command as needed, which builds and starts the app, and makes the browsers reload.
func watch(ctx context.Context, folder, command, appPort, reloadPort string) error {
	port, err := strconv.Atoi(reloadPort)
	if err != nil {
		return err
	}
	restart := time.AfterFunc(math.MaxInt64, func() {
		if ctx.Err() == nil { // templrun panics when it ends what has not started
			_, _ = templrun.Run(ctx, folder, command)
		}
	})
	defer restart.Stop()
	log := slog.New(templLog{stderrLog(ctx), restart})
	templ, err := generatecmd.NewGenerate(log, generatecmd.Arguments{
		Watch: true, Path: folder, WatchPattern: watched, IgnorePattern: ignored,
		FileWriter: generatecmd.FileWriter, IncludeVersion: true, WorkerCount: runtime.NumCPU(),
		Command: command,
		Proxy:   "http://localhost:" + appPort, ProxyBind: "localhost", ProxyPort: port,
	})
	if err != nil {
		return err
	}
	if err := templ.Run(ctx); ctx.Err() == nil {
		return fmt.Errorf("templ has stopped: %w", err)
	}
	return nil
}

// buildAndRun builds and runs the app. templ starts it for each change, and kills it and
// its children at the next. (go run would do the same, but leave a binary in /tmp each time.)
func buildAndRun(ctx context.Context) error {
	if err := minify(ctx, "assets"); err != nil {
		return fmt.Errorf("waiting for a script or style sheet without syntax errors: %w", err)
	}
	build := goBuild(ctx, ".dev/latchkey", "./cmd/latchkey")
	build.Stderr = os.Stderr
	killWithParent(build)
	if err := build.Run(); err != nil {
		return fmt.Errorf("waiting for a change that compiles: %w", err)
	}
	app := exec.CommandContext(ctx, ".dev/latchkey")
	killWithParent(app)
	app.Stderr = os.Stderr
	return app.Run()
}

// minify minifies the scripts and style sheets in a folder if one has changed since the
// last time.
func minify(ctx context.Context, folder string) error {
	if upToDate(filepath.Join(folder, "served/app.js"), filepath.Join(folder, "*.js"), filepath.Join(folder, "*.css")) {
		return nil
	}
	generate := exec.CommandContext(ctx, "go", "generate", "./"+folder)
	generate.Stderr = os.Stderr
	killWithParent(generate)
	return generate.Run()
}

// upToDate reports whether no file that matches a pattern is newer than the file called
// name.
func upToDate(name string, patterns ...string) bool {
	made, err := os.Stat(name)
	if err != nil {
		return false
	}
	var sources []string
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern)
		sources = append(sources, found...)
	}
	return !slices.ContainsFunc(sources, func(source string) bool {
		info, err := os.Stat(source)
		return err == nil && info.ModTime().After(made.ModTime())
	})
}

// goBuild builds a program. Linking without symbols takes half the time. templ finds
// the texts of a page by the path of its source, which GOFLAGS=-trimpath would remove.
func goBuild(ctx context.Context, program, source string) *exec.Cmd {
	return exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath=false", "-ldflags=-s", "-o", program, source)
}

// templLog is templ's log. A removed file has no other effect in templ than an error in its
// log; but the app may compile without it, so the log restarts the app.
type templLog struct {
	slog.Handler
	restart *time.Timer
}

func (l templLog) Handle(ctx context.Context, r slog.Record) error {
	removed := false
	r.Attrs(func(a slog.Attr) bool {
		err, _ := a.Value.Any().(error)
		var missing *fs.PathError
		removed = removed || errors.As(err, &missing) && missing.Op == "stat" && errors.Is(err, fs.ErrNotExist)
		return true
	})
	if removed {
		l.restart.Reset(100 * time.Millisecond) // once, if many files are removed
		return nil
	}
	return l.Handler.Handle(ctx, r)
}

// stderrLog logs templ's warnings until ctx ends: then the app's exit status is
// expected.
func stderrLog(ctx context.Context) slog.Handler {
	level := new(slog.LevelVar)
	level.Set(slog.LevelWarn)
	context.AfterFunc(ctx, func() { level.Set(slog.LevelError + 1) })
	return slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})
}
