// Command latchkey serves the app. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	var setup *setupError
	var status exitStatus
	switch {
	case errors.As(err, &status):
		os.Exit(int(status))
	case errors.As(err, &setup):
		fmt.Fprintln(os.Stderr, setup)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "latchkey:", err)
		os.Exit(1)
	}
}
