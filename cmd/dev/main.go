// Command dev is what `go tool task dev` runs: the app with live reload, and a
// local provider beside it where no other is configured. The app knows nothing
// of it: dev only completes the environment, in which .env.local and .env are
// already.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
)

func main() {
	runtime.LockOSThread() // for endWithUs
	ctx, stop := whileStarted(context.Background())
	defer stop()
	if slices.Contains(os.Args, appCommand) {
		context.AfterFunc(ctx, endJob)
		exit(buildAndRun(ctx))
	}
	ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	exit(run(ctx))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
	os.Exit(0)
}
