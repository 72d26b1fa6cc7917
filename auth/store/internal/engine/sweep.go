package engine

import (
	"context"
	"sync"
	"time"
)

const (
	// sweepInterval is the pause between two sweeps.
	sweepInterval = time.Minute
	// SweepBatch is how many records one step of a sweep deletes: few enough
	// that requests do not notice the lock.
	SweepBatch = 200
	// sweepTimeout limits one sweep, so that an engine that hangs does not
	// hold its connection forever.
	sweepTimeout = 30 * time.Second
)

// StartSweeping deletes expired records in the background, every minute. A step
// deletes at most SweepBatch records and returns how many it deleted. Reads do not
// depend on it: an expired record is not found, whether it is deleted or not. stop
// waits for a running step.
func StartSweeping(step func(context.Context) (int64, error)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(sweepInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				sweep(ctx, step)
			}
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// sweep repeats the step until a batch is not full. After an error the next
// tick tries again; until then expired records do no harm.
func sweep(ctx context.Context, step func(context.Context) (int64, error)) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	for {
		deleted, err := step(ctx)
		if err != nil || deleted < SweepBatch {
			return
		}
	}
}
