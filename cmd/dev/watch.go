package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"

	"github.com/a-h/templ/cmd/templ/generatecmd"
)

// appCommand makes this program build and run the app, instead of itself.
const appCommand = "app"

var (
	watched = regexp.MustCompile(`\.(templ|go|css|js|svg)$`)
	ignored = regexp.MustCompile(`_test\.go$|/assets/served/`)
)

// watch is `templ generate --watch`: after a change it generates, builds and
// starts the app as needed, and makes the browsers reload.
func watch(ctx context.Context, appPort, reloadPort string) error {
	port, err := strconv.Atoi(reloadPort)
	if err != nil {
		return err
	}
	templ, err := generatecmd.NewGenerate(stderrLog(ctx), generatecmd.Arguments{
		Watch: true, Path: ".", WatchPattern: watched, IgnorePattern: ignored,
		FileWriter: generatecmd.FileWriter, IncludeVersion: true, WorkerCount: runtime.NumCPU(),
		Command: ".dev/dev " + appCommand,
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

// stderrLog logs templ's warnings until ctx ends: then the app's exit status is
// expected.
func stderrLog(ctx context.Context) *slog.Logger {
	level := new(slog.LevelVar)
	level.Set(slog.LevelWarn)
	context.AfterFunc(ctx, func() { level.Set(slog.LevelError + 1) })
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}
