package main

import (
	"context"
	"os"
	"time"
)

// `go tool task dev` is a chain of processes: go, task, this program, and what
// it starts. A signal often reaches only one of them: that of kill or of an
// IDE's stop button goes to go, which forwards it to task, which waits for this
// program to end by itself. SIGKILL reaches no other process. So this program
// watches its ancestors.

// ancestor is a process above this one.
type ancestor struct{ child, pid int }

const watchInterval = 100 * time.Millisecond

// whileAncestorsRun returns a context that ends when an ancestor has ended or
// has received a signal.
func whileAncestorsRun(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	ancestors := ancestorsOf(os.Getpid())
	signaled := taskSignaled(os.Getppid())
	go func() {
		defer cancel()
		tick := time.NewTicker(watchInterval)
		defer tick.Stop()
		for !orphaned(ancestors) && !signaled() {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, cancel
}

// orphaned reports whether an ancestor has ended. Its child then has another
// parent, even before the process that has ended is reaped.
func orphaned(ancestors []ancestor) bool {
	for _, a := range ancestors {
		if parentOf(a.child) != a.pid {
			return true
		}
	}
	return false
}
