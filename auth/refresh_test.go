package auth

import (
	"context"
	"errors"
	"testing"
	"time"

	"latchkey/auth/authtest"

	"latchkey/auth/internal/sealed"
)

// A refresh continues after the browser disconnects, and Close waits for it: with
// rotation, the old refresh token is used up.
func TestCloseWaitsForAbandonedRefresh(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	p := newProviderFor(t, a)
	p.EditTokenResponse(func(doc map[string]any) { doc["expires_in"] = -5 })
	cookie := signedInAda(t, a, authtest.NewBrowser(t))
	p.EditTokenResponse(nil)
	hold, arrived, release := authtest.Hold()
	p.Handle(authtest.TokenEndpoint, hold)
	ctx, goAway := context.WithCancel(newTestRequest(t, a, cookie))
	active := requestFrom(ctx).active
	gone := make(chan error)
	go func() {
		_, err := a.accessToken(ctx, active)
		gone <- err
	}()
	<-arrived
	goAway()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Fatalf("the call of a disconnected browser: got error %v, want %v", err, context.Canceled)
	}
	release()
	a.Close()
	r, _, err := a.readRecord(t.Context(), active.key)
	if err != nil || r.RefreshDue(a.now()) {
		t.Errorf("after Close: got tokens that are due and error %v, want fresh ones in the store", err)
	}
}

// A refresh that stalls longer than its lock's lease may find its refresh token used
// by another replica. The provider's error ends no session then.
func TestRefreshThatLostItsLockEndsNoSession(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	slow, _ := newAuth(t, s)
	quick, _ := newAuth(t, s)
	p := newProviderFor(t, slow, authtest.WithRotation())
	setIssuer(quick, p.Issuer())
	p.EditTokenResponse(func(doc map[string]any) { doc["expires_in"] = -5 })
	cookie := signedInAda(t, slow, authtest.NewBrowser(t))
	p.EditTokenResponse(nil)
	hold, arrived, release := authtest.Hold()
	p.Handle(authtest.TokenEndpoint, authtest.Times(1, hold))
	active := requestFrom(newTestRequest(t, slow, cookie)).active
	late := make(chan error)
	var token string
	go func() {
		var err error
		token, err = slow.accessToken(t.Context(), active)
		late <- err
	}()
	<-arrived
	if _, err := s.Delete(t.Context(), slow.store.Key(forRefresh, sealed.KeyName(active.key))); err != nil { // as if its lease had run out
		t.Fatal(err)
	}
	want, err := quick.accessToken(t.Context(), requestFrom(newTestRequest(t, quick, cookie)).active)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if err := <-late; err != nil || token != want {
		t.Errorf("the late refresh: got error %v and, as the other replica has stored: %t; want no error and that token", err, token == want)
	}
	if got := who(t, quick, cookie); got != authtest.Ada.Subject {
		t.Errorf("signed in afterwards: got %q, want Ada", got)
	}
}

// A panic in a refresh is an error, and releases the lock: the next refresh succeeds.
func TestRefreshPanicIsAnError(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	p := newProviderFor(t, a)
	p.EditTokenResponse(func(doc map[string]any) { doc["expires_in"] = -5 })
	active := requestFrom(newTestRequest(t, a, signedInAda(t, a, authtest.NewBrowser(t)))).active
	configured := a.byID["asgardeo"]
	broken := newProvider(configured.Provider, "", a.log, func() time.Time { panic("a response that causes a panic") })
	a.byID["asgardeo"] = broken
	_, err := a.accessToken(t.Context(), active)
	wantCode(t, "a refresh", err, Internal)
	a.byID["asgardeo"] = configured
	if _, err = a.accessToken(t.Context(), active); err != nil {
		t.Errorf("the refresh after it: got error %v, want none", err)
	}
}
