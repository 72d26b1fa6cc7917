package auth

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/internal/sealed"
)

// All calls of one request share one time limit for the store.
func TestStoreBudgetOfOneRequest(t *testing.T) {
	t.Parallel()
	reqCtx := withRequest(t.Context(), new(request))
	for _, c := range []struct {
		name   string
		ctx    context.Context
		waited time.Duration
		want   time.Duration // what is left for the next call
	}{
		{"a store that is well costs nothing", reqCtx, sealed.FastCall, sealed.MaxWait},
		{"one that is slow", reqCtx, sealed.MaxWait / 2, sealed.MaxWait / 2},
		{"what continues after the request has its own", withoutRequest(reqCtx), 0, sealed.MaxWait},
		{"another request too", withRequest(reqCtx, new(request)), 0, sealed.MaxWait},
		{"one that hangs", reqCtx, sealed.MaxWait, 0},
		{"and goes on to hang", reqCtx, sealed.MaxWait, 0},
	} {
		requestFrom(c.ctx).budget.Spend(c.waited)
		ctx, done := requestFrom(c.ctx).budget.Limit(c.ctx)
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

// A request in the context of another, such as one that a handler sends to the app itself,
// has a session of its own, and leaves the other's as it is.
func TestRequestInContextOfAnotherRequest(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	newProviderFor(t, a)
	ada := newTestRequest(t, a, signedInAda(t, a, authtest.NewBrowser(t)))
	a.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if session, err := FromContext(r.Context()); session != nil || err != nil {
			t.Errorf("a request without cookies: got %v, %v, want no session", session, err)
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ada, http.MethodGet, "/", nil))
	if session, err := FromContext(ada); err != nil || session == nil || session.User.Subject != authtest.Ada.Subject {
		t.Errorf("the other request afterwards: got %v, %v, want the session of Ada", session, err)
	}
}
