package store

import (
	"context"
	"time"
)

// sweepBatch is how many records one step of a sweep clears: few enough that
// nobody who waits for the same lock notices.
const sweepBatch = 200

// sweepTimeout bounds one sweep, lest an engine that hangs keep it, and its
// connection, for ever.
const sweepTimeout = 30 * time.Second

// sweeper clears expired records in the background. No reader depends on it:
// an expired record is not found from its last moment on, swept or not.
type sweeper struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// startSweeper calls step every so often, until stop. A step clears up to
// sweepBatch records and tells how many it found.
func startSweeper(every time.Duration, step func(context.Context) (int64, error)) *sweeper {
	ctx, cancel := context.WithCancel(context.Background())
	s := &sweeper{cancel: cancel, done: make(chan struct{})}
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

// sweep goes on until a batch is not full. What fails now is tried again at
// the next tick: expired records are in nobody's way.
func sweep(ctx context.Context, step func(context.Context) (int64, error)) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	for {
		cleared, err := step(ctx)
		if err != nil || cleared < sweepBatch {
			return
		}
	}
}

// stop returns when no step is under way any more.
func (s *sweeper) stop() {
	s.cancel()
	<-s.done
}
