package engine

import (
	"context"
	"time"
)

const (
	// SweepInterval is the pause between two sweeps.
	SweepInterval = time.Minute
	// SweepBatch is how many records one step of a sweep deletes: few enough
	// that requests do not notice the lock.
	SweepBatch = 200
	// sweepTimeout limits one sweep, so that an engine that hangs does not
	// hold its connection forever.
	sweepTimeout = 30 * time.Second
)

// Sweeper deletes expired records in the background. Reads do not depend on it:
// an expired record is not found, whether it is deleted or not.
type Sweeper struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// StartSweeper sweeps at every interval until Stop is called. A step deletes at
// most SweepBatch expired records and returns how many it deleted.
func StartSweeper(every time.Duration, step func(context.Context) (int64, error)) *Sweeper {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Sweeper{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				sweep(ctx, step)
			}
		}
	}()
	return s
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

// Stop stops the sweeper and waits for a running step to return.
func (s *Sweeper) Stop() {
	s.cancel()
	<-s.done
}
