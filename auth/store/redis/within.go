package redis

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// withContext returns what call does, or ctx's error as soon as ctx is done: the
// client heeds a context's deadline, but not its cancellation, while it waits
// for an answer. A call left behind ends by the client's own time limits.
func withContext[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := recovered(call)
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		if end, ok := ctx.Deadline(); ok && a.err != nil && !time.Now().Before(end) {
			return a.value, context.DeadlineExceeded // which the connection may feel before the context
		}
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// recovered returns a panic as an error: in a goroutine of its own it would end
// the program, and no answer of a server may do that.
func recovered[T any](call func() (T, error)) (value T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panicked: %v\n%s", cause, debug.Stack())
		}
	}()
	return call()
}
