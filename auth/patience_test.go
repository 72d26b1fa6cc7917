package auth

import (
	"context"
	"testing"
	"time"
)

// However many calls of the store a request makes, of a store that hangs it
// waits for one.
func TestPatience(t *testing.T) {
	t.Parallel()
	request := withVisit(t.Context(), new(visit))
	for _, c := range []struct {
		name   string
		ctx    context.Context
		waited time.Duration
		want   time.Duration // what is left for the next call
	}{
		{"a store that is well costs nothing", request, prompt, storeTimeout},
		{"one that is slow", request, storeTimeout / 2, storeTimeout / 2},
		{"what goes on behind the request has its own", detached(request), 0, storeTimeout},
		{"another request too", withVisit(request, new(visit)), 0, storeTimeout},
		{"one that hangs", request, storeTimeout, 0},
		{"and goes on to hang", request, storeTimeout, 0},
	} {
		visitOf(c.ctx).patience.spend(c.waited)
		ctx, done := patiently(c.ctx)
		deadline, ok := ctx.Deadline()
		if left := time.Until(deadline); !ok || left > c.want {
			t.Errorf("%s: the next call may take %v, %t; want at most %v", c.name, left, ok, c.want)
		}
		if wantDone := c.want == 0; (ctx.Err() != nil) != wantDone {
			t.Errorf("%s: got error %v, want one: %t", c.name, ctx.Err(), wantDone)
		}
		done()
	}
}
