package handlers_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

// as calls do with the context of a request of this browser.
func (a *app) as(tb testing.TB, b *authtest.Browser, do func(ctx context.Context)) {
	tb.Helper()
	server := httptest.NewServer(a.Auth.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { do(r.Context()) })))
	defer server.Close()
	b.Get(server.URL)
}

func TestSessionsOfOnePerson(t *testing.T) {
	t.Parallel()
	a := start(t)
	laptop, phone, grace := authtest.NewBrowser(t), authtest.NewBrowser(t), authtest.NewBrowser(t)
	laptop.Header = http.Header{"User-Agent": {"Laptop/1"}}
	a.signIn(t, laptop, authtest.Ada)
	a.signIn(t, phone, authtest.Ada)
	a.signIn(t, grace, authtest.Grace)

	var listed []auth.SignedIn
	a.as(t, laptop, func(ctx context.Context) {
		if err := a.Auth.NameDevice(ctx, "  my\n laptop "); err != nil {
			t.Errorf("NameDevice: %v", err)
		}
		listed, _ = a.Auth.Sessions(ctx)
	})
	if len(listed) != 2 || !listed[0].Current || listed[1].Current {
		t.Fatalf("Ada's sessions: got %+v, want two, the current one first", listed)
	}
	if got := listed[0]; got.Device != "my laptop" || got.Agent != "Laptop/1" || got.Address != "127.0.0.0/24" {
		t.Errorf("the laptop: got %+v, want device %q, agent %q, address %q", got, "my laptop", "Laptop/1", "127.0.0.0/24")
	}

	var known *auth.Error
	a.as(t, grace, func(ctx context.Context) {
		if err := a.Auth.EndSession(ctx, listed[1].ID); !errors.As(err, &known) || known.Code != auth.SessionUnknown {
			t.Errorf("Grace ends Ada's session: got %v, want %s", err, auth.SessionUnknown)
		}
	})
	if !a.isSignedIn(phone) {
		t.Fatal("Grace has ended Ada's session")
	}
	a.as(t, laptop, func(ctx context.Context) {
		if err := a.Auth.EndOtherSessions(ctx); err != nil {
			t.Errorf("EndOtherSessions: %v", err)
		}
	})
	if a.isSignedIn(phone) || !a.isSignedIn(laptop) || !a.isSignedIn(grace) {
		t.Errorf("signed in after Ada ended her other sessions: phone %v, laptop %v, Grace %v; want false, true, true",
			a.isSignedIn(phone), a.isSignedIn(laptop), a.isSignedIn(grace))
	}
	a.Auth.Close() // waits for what goes on behind
	if got := len(a.Provider.Revoked()); got != 1 {
		t.Errorf("tokens revoked: got %d, want 1", got)
	}
}
