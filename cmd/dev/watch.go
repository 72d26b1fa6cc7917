package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"

	"github.com/a-h/templ/cmd/templ/generatecmd"
)

// appCommand makes this program build and run the app, instead of itself.
const appCommand = "app"

var (
	watched = regexp.MustCompile(`\.(templ|go|css|js|svg)$`)
	ignored = regexp.MustCompile(`_test\.go$`)
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
