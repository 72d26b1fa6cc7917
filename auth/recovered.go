package auth

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// recovered returns what work returns, and a panic as an error. In a goroutine of
// its own a panic would end the program, and a provider's answer must not do
// that, whatever it meets in us or in a package that we use.
func recovered[T any](work func() (T, error)) (result T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = errorf(Internal, "", "panicked: %s\n%s", panicName(cause), debug.Stack())
		}
	}()
	return work()
}

// panicName tells what a panic was: that of the runtime, or its type alone,
// since the value of any other may hold what came from outside.
func panicName(cause any) string {
	if err, ok := cause.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", cause)
}
