// Command dev is what `go tool task dev` runs: the app with live reload and,
// if no provider is configured, a local one. It adds to the app's environment
// what is missing; the task has loaded .env.local and .env into it.
//
// `dev provider` serves the local provider alone; -h lists its flags.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

func main() {
	runtime.LockOSThread()                  // for killWithParent
	slog.SetLogLoggerLevel(slog.LevelError) // the provider logs each refusal, which its pages show
	if len(os.Args) > 1 && os.Args[1] == providerCommand {
		exit(runProvider(untilSignal(context.Background()), os.Args[2:], os.Stderr))
	}
	ctx, stop := whileAncestorsRun(context.Background())
	defer stop()
	if len(os.Args) > 1 && os.Args[1] == appCommand {
		context.AfterFunc(ctx, killJob)
		exit(buildAndRun(ctx))
	}
	exit(run(untilSignal(ctx)))
}

func untilSignal(ctx context.Context) context.Context {
	ctx, _ = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP) // until the process exits
	return ctx
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
	os.Exit(0)
}
