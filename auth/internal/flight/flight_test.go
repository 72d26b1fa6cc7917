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
		var waiting []<-chan flight.Result[int]
		for range 10 {
			waiting = append(waiting, group.Start("key", work))
		}
		synctest.Wait()
		close(hold)
		for _, done := range waiting {
			if result := <-done; result.Err != nil || result.Value != 1 {
				t.Errorf("a caller got %+v, want the result of the first run", result)
			}
		}
		group.Wait()
		if result := <-group.Start("key", work); result.Value != 2 {
			t.Errorf("work after the first has finished: got run %d, want run 2", result.Value)
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
		result := <-group.Start(name, work)
		var panicked *flight.PanicError
		if !errors.As(result.Err, &panicked) || result.Value != nil {
			t.Errorf("%s: got %v and error %v, want a PanicError", name, result.Value, result.Err)
			continue
		}
		if strings.Contains(panicked.Cause, "secret") || len(panicked.Stack) == 0 {
			t.Errorf("%s: got cause %q with a stack of %d bytes, want the type alone and a stack", name, panicked.Cause, len(panicked.Stack))
		}
	}
}
