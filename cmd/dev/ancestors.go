package main

import (
	"context"
	"os"
	"time"
)

// `go tool task dev` is a chain of processes: go, task, this program, and what
// it starts. A signal often reaches only one of them: that of kill or of an
// IDE's stop button goes to go, which hands it to task, which waits for this
// program to end by itself. And SIGKILL reaches nobody else. So this program
// watches the ones above it.

// ancestor is a process above this one.
type ancestor struct{ child, pid int }

const watchInterval = 100 * time.Millisecond

// whileStarted returns a context that ends when an ancestor has ended, or was
// told to end.
func whileStarted(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	ancestors := ancestorsOf(os.Getpid())
	wasTold := toldToEnd(os.Getppid())
	go func() {
		defer cancel()
		tick := time.NewTicker(watchInterval)
		defer tick.Stop()
		for !orphaned(ancestors) && !wasTold() {
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
// parent, even while nobody has waited for the one that ended.
func orphaned(ancestors []ancestor) bool {
	for _, a := range ancestors {
		if parentOf(a.child) != a.pid {
			return true
		}
	}
	return false
}
