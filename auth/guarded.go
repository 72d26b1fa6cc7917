package auth

import "runtime/debug"

// guarded returns what work returns, and a panic as an error. In a goroutine of
// its own a panic would end the program, and a provider's answer must not do
// that, whatever it meets in us or in a package that we use.
func guarded[T any](work func() (T, error)) (result T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = problem(Internal, "", "panicked: %v\n%s", cause, debug.Stack())
		}
	}()
	return work()
}
