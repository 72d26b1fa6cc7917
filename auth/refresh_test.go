package auth

import (
	"context"
	"errors"
	"testing"

	"latchkey/auth/authtest"
)

// A browser that goes away takes no refresh with it, and neither does the
// program's end: a provider that rotates has used up the old refresh token.
func TestCloseWaitsForARefreshThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	p := newProviderFor(t, a)
	p.EditTokenResponse(func(doc map[string]any) { doc["expires_in"] = -5 })
	query, cookies := toProvider(t, a, authtest.NewBrowser(t))
	signedIn, err := a.Callback(request(t, a, cookies...), "asgardeo", query)
	if err != nil {
		t.Fatal(err)
	}
	p.EditTokenResponse(nil)
	hold, arrived, release := authtest.Hold()
	p.Handle(authtest.TokenEndpoint, hold)
	ctx, goAway := context.WithCancel(request(t, a, named(t, signedIn.Cookies, sessionCookie)))
	l := visitOf(ctx).live
	gone := make(chan error)
	go func() {
		_, err := a.accessToken(ctx, l)
		gone <- err
	}()
	<-arrived
	goAway()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Fatalf("the call of a browser that goes away: got error %v, want %v", err, context.Canceled)
	}
	release()
	a.Close()
	r, _, err := a.stored(t.Context(), l.key())
	if err != nil || r.refreshDue(a.now()) {
		t.Errorf("after Close: got tokens that are due and error %v, want fresh ones in the store", err)
	}
}
