package auth

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

// A disconnect after Sign Out does not stop it.
func TestSignOutContinuesAfterDisconnect(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	a, _ := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	ctx, leave := context.WithCancel(newTestRequest(t, a, cookie))
	s.Set(func(ctx context.Context, method string) error {
		if method == "Delete" {
			leave()
		}
		return ctx.Err()
	})
	if _, err := a.SignOut(ctx, "/"); err != nil {
		t.Errorf("got error %v, want none", err)
	}
	if got := who(t, a, cookie); got != "" {
		t.Errorf("got %s signed in, want signed out", got)
	}
}

// After a rotation in one step, Sign Out ends a session that cannot be opened with the
// new secret.
func TestSignOutEndsUnreadableSession(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		before, _ := newAuth(t, s)
		after, _ := newAuth(t, s, func(c *Config) { c.Secret = otherSecret })
		cookie := beginSession(t, before, adaRecord())
		if got := who(t, after, cookie); got != "" {
			t.Fatalf("with another secret: got %s signed in, want signed out", got)
		}
		if _, err := after.SignOut(newTestRequest(t, after, cookie), "/"); err != nil {
			t.Fatal(err)
		}
		if got := who(t, before, cookie); got != "" {
			t.Errorf("signed out, and yet %s is signed in where the old secret is known", got)
		}
	})
}

func TestSignOutFailsWhileStoreIsDown(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Find", "Delete"} {
		s := &storetest.Faulty{Store: openStore(t, "memory:")}
		a, _ := newAuth(t, s)
		cookie := beginSession(t, a, adaRecord())
		s.Set(storetest.Fails(method))
		redirect, err := a.SignOut(newTestRequest(t, a, cookie), "/")
		wantCode(t, "with "+method+" failing", err, StoreUnavailable)
		if len(redirect.Cookies) != 0 {
			t.Errorf("with %s failing: got cookies %v, want the session's left alone", method, redirect.Cookies)
		}
		s.Set(nil)
		if got := who(t, a, cookie); got == "" {
			t.Errorf("with %s failing: the session has ended although Sign Out failed", method)
		}
	}
}

// During a rotation in one step, the replica with the old secret cannot tell whether a
// session that another replica has sealed again shares the refresh token: it keeps it.
func TestSignOutKeepsRefreshTokenThatUnreadableSessionMayShare(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	before, _ := newAuth(t, s)
	after, clock := newAuth(t, s, func(c *Config) { c.Secret, c.OldSecrets = otherSecret, []string{testSecret} })
	p := newProviderFor(t, before)
	setIssuer(after, p.Issuer())
	p.EditTokenResponse(func(doc map[string]any) { doc["refresh_token"] = "one-for-all" })
	laptop, phone := signedInAda(t, before, authtest.NewBrowser(t)), signedInAda(t, before, authtest.NewBrowser(t))
	clock.Advance(2 * touchAfter)
	newTestRequest(t, after, phone) // stores the activity, and so seals the session again
	if _, err := before.SignOut(newTestRequest(t, before, laptop), "/"); err != nil {
		t.Fatal(err)
	}
	before.Close()
	if got := p.Revoked(); len(got) != 0 {
		t.Errorf("revoked %v, which the phone's session has", got)
	}
}

// Sign-outs from which the provider does not send the browser back leave no more cookies
// than servers accept.
func TestUnfinishedSignOutsAreEvicted(t *testing.T) {
	t.Parallel()
	a, clock := newAuth(t, openStore(t, "memory:"))
	newProviderFor(t, a)
	browser := map[string]*http.Cookie{}
	size := 0
	for range 30 {
		clock.Advance(time.Second)
		redirect, err := a.SignOut(newTestRequest(t, a, append(slices.Collect(maps.Values(browser)), beginSession(t, a, adaRecord()))...), "/?"+strings.Repeat("a", 500))
		if err != nil || redirect.Local() {
			t.Fatalf("got a redirect to %s and error %v, want one to the provider", redirect.URL, err)
		}
		for _, c := range redirect.Cookies {
			if browser[c.Name] = c; c.MaxAge < 0 {
				delete(browser, c.Name)
			}
		}
	}
	for _, c := range browser {
		size += len(c.Name) + len(c.Value) + 3
	}
	if size > 8<<10 {
		t.Errorf("the browser has %d cookies of %d bytes, want at most 8 KB", len(browser), size)
	}
}

// Each revocation looks for sessions with the same token. If it looked at those that end with
// its own session, ending 100 sessions would read 5,000 records.
func TestEndingManySessionsReadsFewRecords(t *testing.T) {
	t.Parallel()
	const sessions = 12
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	a, _ := newAuth(t, s)
	p := newProviderFor(t, a)
	var last *http.Cookie
	for range sessions {
		last = signedInAda(t, a, authtest.NewBrowser(t))
	}
	ctx, before := newTestRequest(t, a, last), s.Count("Find")
	s.Set(storetest.Delays(time.Millisecond)) // so that a revocation can overtake the next call
	if err := a.EndOtherSessions(ctx); err != nil {
		t.Fatal(err)
	}
	a.Close()
	if got := s.Count("Find") - before; got > sessions {
		t.Errorf("got %d records read, want at most %d", got, sessions)
	}
	if got := len(p.Revoked()); got != sessions-1 {
		t.Errorf("got %d tokens revoked, want %d", got, sessions-1)
	}
}
