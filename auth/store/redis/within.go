package redis

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// withContext returns the result of call, or ctx's error as soon as ctx is done: while
// the client waits for an answer, it watches the deadline of a context, but not its
// cancellation. A call that goes on ends by the client's own timeouts.
func withContext[T any](ctx context.Context, call func() (T, error)) (none T, _ error) {
	if ctx.Err() != nil {
		return none, ctx.Err()
	}
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		defer func() {
			// In this goroutine, a panic would end the program, which no answer of a server may do.
			if cause := recover(); cause != nil {
				answers <- answer{err: fmt.Errorf("panicked: %v\n%s", cause, debug.Stack())}
			}
		}()
		value, err := call()
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		if end, ok := ctx.Deadline(); ok && a.err != nil && !time.Now().Before(end) {
			return a.value, context.DeadlineExceeded // the connection may time out before the context
		}
		return a.value, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
