package store

import (
	"context"
	"errors"
	"testing"
	"time"
)

// soon is how long a method may go on once its context is done, on a machine
// that is busy with the other tests.
const soon = time.Second

func TestMethodsReturnWhenTheEngineHangs(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		if e.hang == nil {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s, hang, resume := e.hang(t)
			r, fresh := anyRecord(anyKey()), anyRecord()
			wantCreated(t, s, r, true)
			hang()
			for _, c := range calls(s, r, fresh) {
				wantReturn(t, c, context.WithTimeout, context.DeadlineExceeded)
				wantReturn(t, c, cancelledAfter, context.Canceled)
			}
			resume()
			eventually(t, "the store recovers by itself", func() bool { return s.Ping(t.Context()) == nil })
		})
	}
}

// beginning makes a context that ends after a while.
type beginning func(parent context.Context, after time.Duration) (context.Context, context.CancelFunc)

// cancelledAfter is a context without a deadline, which some clients heed less.
func cancelledAfter(parent context.Context, after time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	time.AfterFunc(after, cancel)
	return ctx, cancel
}

func wantReturn(t *testing.T, c call, begin beginning, want error) {
	t.Helper()
	const patience = 100 * time.Millisecond
	ctx, cancel := begin(t.Context(), patience)
	defer cancel()
	begun := time.Now()
	err := c.do(ctx)
	if took := time.Since(begun); took > patience+soon {
		t.Errorf("%s: got an answer after %v, want one soon after %v", c.name, took, patience)
	}
	// SQLite's readers do not wait for its writers, and so may answer.
	if answered := err == nil && (c.name == "Find" || c.name == "List"); !answered && !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", c.name, err, want)
	}
}
