package flight_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"latchkey/auth/internal/flight"
)

func TestStartRunsWorkOnceForAllCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var group flight.Group[int]
		var runs atomic.Int32
		hold := make(chan struct{})
		work := func() (int, error) {
			<-hold
			return int(runs.Add(1)), nil
		}
		for range 10 {
			go func() {
				if run, err := group.Do(t.Context(), "key", work); err != nil || run != 1 {
					t.Errorf("a caller got run %d and error %v, want the result of the first run", run, err)
				}
			}()
		}
		synctest.Wait()
		close(hold)
		group.Wait()
		if run, err := group.Do(t.Context(), "key", work); err != nil || run != 2 {
			t.Errorf("work after the first has finished: got run %d and error %v, want run 2", run, err)
		}
	})
}

func TestPanicIsAnErrorWithoutItsValue(t *testing.T) {
	t.Parallel()
	var group flight.Group[*int]
	for name, work := range map[string]func() (*int, error){
		"string": func() (*int, error) { panic("secret") },
		"runtime error": func() (*int, error) {
			var p *struct{ n int }
			return &p.n, errors.New("unreachable: " + string(rune(p.n)))
		},
		"index out of range [1]": func() (*int, error) { return &[]int{}[1:][0], nil },
	} {
		result, err := group.Do(t.Context(), name, work)
		var panicked *flight.PanicError
		if !errors.As(err, &panicked) || result != nil {
			t.Errorf("%s: got %v and error %v, want a PanicError", name, result, err)
			continue
		}
		if strings.Contains(panicked.Cause, "secret") || len(panicked.Stack) == 0 {
			t.Errorf("%s: got cause %q with a stack of %d bytes, want the type alone and a stack", name, panicked.Cause, len(panicked.Stack))
		}
	}
}
