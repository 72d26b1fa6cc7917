package auth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// A user has at most 100 sessions: one more ends the session that has been idle
// longest.
func TestSessionsPerUserAreLimited(t *testing.T) {
	t.Parallel()
	a, grace := handlerstest.Start(t), authtest.NewBrowser(t)
	a.SignIn(t, grace, authtest.Grace)
	var browsers []*authtest.Browser
	for range 102 {
		b := authtest.NewBrowser(t)
		a.SignIn(t, b, authtest.Ada)
		browsers = append(browsers, b)
	}
	for i, want := range map[int]bool{0: false, 1: false, 2: true, 101: true} {
		if got := a.IsSignedIn(browsers[i]); got != want {
			t.Errorf("browser %d of 102: got signed in %t, want %t", i+1, got, want)
		}
	}
	if !a.IsSignedIn(grace) {
		t.Error("Ada's sessions have ended Grace's")
	}
}

func TestSessionsListAndEnd(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	laptop, phone, grace := authtest.NewBrowser(t), authtest.NewBrowser(t), authtest.NewBrowser(t)
	laptop.Header = http.Header{"User-Agent": {"Laptop/1"}}
	a.SignIn(t, laptop, authtest.Ada)
	a.SignIn(t, phone, authtest.Ada)
	a.SignIn(t, grace, authtest.Grace)

	var listed []auth.SessionInfo
	a.InRequest(t, laptop, func(ctx context.Context) {
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
	a.InRequest(t, grace, func(ctx context.Context) {
		if err := a.Auth.EndSession(ctx, listed[1].ID); !errors.As(err, &known) || known.Code != auth.SessionUnknown {
			t.Errorf("Grace ends Ada's session: got %v, want %s", err, auth.SessionUnknown)
		}
	})
	if !a.IsSignedIn(phone) {
		t.Fatal("Grace has ended Ada's session")
	}
	a.InRequest(t, laptop, func(ctx context.Context) {
		if err := a.Auth.EndOtherSessions(ctx); err != nil {
			t.Errorf("EndOtherSessions: %v", err)
		}
	})
	if a.IsSignedIn(phone) || !a.IsSignedIn(laptop) || !a.IsSignedIn(grace) {
		t.Errorf("signed in after Ada ended her other sessions: phone %v, laptop %v, Grace %v; want false, true, true",
			a.IsSignedIn(phone), a.IsSignedIn(laptop), a.IsSignedIn(grace))
	}
	a.Auth.Close() // waits for background work
	if got := len(a.Provider.Revoked()); got != 1 {
		t.Errorf("tokens revoked: got %d, want 1", got)
	}
}
