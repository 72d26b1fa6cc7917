package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestSweepRepeatsFullBatchesAndGoesOnAfterFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answers := []struct {
			deleted int64
			err     error
		}{{deleted: SweepBatch}, {deleted: SweepBatch - 1}, {err: errors.New("the engine is down")}, {deleted: SweepBatch}, {deleted: 0}}
		var steps atomic.Int32
		stop := StartSweeping(func(context.Context) (int64, error) {
			answer := answers[steps.Add(1)-1]
			return answer.deleted, answer.err
		})
		defer stop()
		for minute, want := range []int32{2, 3, 5} {
			time.Sleep(sweepInterval)
			synctest.Wait()
			if got := steps.Load(); got != want {
				t.Errorf("steps after minute %d: got %d, want %d", minute+1, got, want)
			}
		}
	})
}
