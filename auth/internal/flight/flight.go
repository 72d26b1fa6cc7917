// Package flight runs work once for all callers that need its result at the
// same time. A caller that goes away cancels nothing for the others.
package flight

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/singleflight"
)

// Group runs work once per key. The zero Group is ready to use.
type Group[T any] struct {
	calls   singleflight.Group
	running sync.WaitGroup
}

// Start runs work in the background, unless work of the same key is running, and returns
// a channel that receives the result. A panic in work is a [PanicError].
func (g *Group[T]) Start(key string, work func() (T, error)) <-chan singleflight.Result {
	done := make(chan singleflight.Result, 1)
	g.running.Go(func() {
		value, err, _ := g.calls.Do(key, func() (any, error) { return Recover(work) })
		done <- singleflight.Result{Val: value, Err: err}
	})
	return done
}

// Do is Start for a caller that waits for the result, or until ctx is done: then it returns
// the cause of that.
func (g *Group[T]) Do(ctx context.Context, key string, work func() (T, error)) (result T, err error) {
	select {
	case done := <-g.Start(key, work):
		result, _ = done.Val.(T)
		return result, done.Err
	case <-ctx.Done():
		return result, context.Cause(ctx)
	}
}

// Wait returns when no work is running.
func (g *Group[T]) Wait() { g.running.Wait() }

// PanicError is a panic in work.
type PanicError struct {
	Cause string // the runtime's message, or the type of any other value
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panicked: %s\n%s", e.Cause, e.Stack) }

// Recover returns the result of work, and a panic in it as a [PanicError]. Unrecovered in
// a new goroutine, a panic would end the program.
func Recover[T any](work func() (T, error)) (result T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &PanicError{describe(cause), debug.Stack()}
		}
	}()
	return work()
}

// CallHook calls a hook of the app, and logs a panic in it: the caller finishes its work,
// and a hook in a background goroutine does not end the program.
func CallHook(log *slog.Logger, hook func()) {
	_, err := Recover(func() (_ any, _ error) { hook(); return })
	if err != nil {
		log.Error("a hook of the app panicked", "error", err)
	}
}

// describe leaves out a panic's own value, which may hold text from outside.
func describe(cause any) string {
	if err, ok := cause.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", cause)
}
