package auth_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// inTwoProcesses runs a test with the stores of two processes, on the engines that need no
// server. TestSessionsCommandEndsSessionsWhileTheAppRuns has the others.
func inTwoProcesses(t *testing.T, test func(t *testing.T, one, other store.Store)) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.OpenStore(t, "memory:")
		test(t, s, s)
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		url := "sqlite:" + filepath.Join(t.TempDir(), "latchkey.db")
		test(t, handlerstest.OpenStore(t, url), handlerstest.OpenStore(t, url))
	})
}

// otherProcess returns what another process of the app has: its own Auth on its own
// store. Its events are recorded.
func otherProcess(t *testing.T, a *handlerstest.App, s store.Store) (*auth.Auth, *eventRecorder) {
	t.Helper()
	c, events := a.AuthConfig, new(eventRecorder)
	events.option(&c, nil)
	other, err := auth.New(c, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	return other, events
}

func TestEndSessionsEndsThemInEveryTabOfEveryReplica(t *testing.T) {
	t.Parallel()
	inTwoProcesses(t, func(t *testing.T, one, other store.Store) {
		a := handlerstest.StartOn(t, one)
		elsewhere, events := otherProcess(t, a, other)
		laptop, phone, grace := authtest.NewBrowser(t), authtest.NewBrowser(t), authtest.NewBrowser(t)
		a.SignIn(t, laptop, authtest.Ada)
		a.SignIn(t, phone, authtest.Ada)
		a.SignIn(t, grace, authtest.Grace)
		tabs := []<-chan string{a.WatchEvents(t, laptop), a.WatchEvents(t, phone)}

		listed, err := elsewhere.SessionsOf(t.Context(), "asgardeo", authtest.Ada.Subject)
		if err != nil || len(listed) != 2 {
			t.Fatalf("SessionsOf: got %d sessions and error %v, want 2", len(listed), err)
		}
		ended, err := elsewhere.EndSessions(t.Context(), "asgardeo", authtest.Ada.Subject)
		if err != nil || ended != 2 {
			t.Errorf("EndSessions: got %d sessions and error %v, want 2", ended, err)
		}
		for i, tab := range tabs {
			select {
			case got := <-tab:
				if got != "ended" {
					t.Errorf("tab %d: got event %q, want %q", i, got, "ended")
				}
			case <-time.After(10 * time.Second): // before the slow poll
				t.Errorf("tab %d: got no event, want one within 10 s", i)
			}
		}
		if a.IsSignedIn(laptop) || a.IsSignedIn(phone) || !a.IsSignedIn(grace) {
			t.Error("after Ada's sessions were ended: want her signed out, and Grace signed in")
		}
		if ended, err := elsewhere.EndSessions(t.Context(), "asgardeo", authtest.Ada.Subject); ended != 0 || err != nil {
			t.Errorf("EndSessions again: got %d sessions and error %v, want none", ended, err)
		}
		if diff := cmp.Diff(counted{"session_ended app": 2}, events.counts()); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		elsewhere.Close() // waits for the background work
		if got := len(a.Provider.Revoked()); got != 2 {
			t.Errorf("tokens revoked: got %d, want 2", got)
		}
	})
}

func TestScanSessionsFindsEveryoneAndEndListedEndsOne(t *testing.T) {
	t.Parallel()
	inTwoProcesses(t, func(t *testing.T, one, other store.Store) {
		a, alien := handlerstest.StartOn(t, one), handlerstest.StartOn(t, one)
		elsewhere, events := otherProcess(t, a, other)
		ada, grace, stranger := authtest.NewBrowser(t), authtest.NewBrowser(t), authtest.NewBrowser(t)
		a.SignIn(t, ada, authtest.Ada)
		a.SignIn(t, grace, authtest.Grace)
		alien.SignIn(t, stranger, authtest.Ada) // of another app on the same store
		found := map[string]auth.SessionInfo{}
		unopened, err := elsewhere.ScanSessions(t.Context(), func(s auth.SessionInfo) error {
			found[s.User.Email] = s
			return nil
		})
		if err != nil || len(found) != 2 {
			t.Fatalf("ScanSessions: got %v and error %v, want Ada's and Grace's session", found, err)
		}
		if unopened != 2 { // its session, and the state of its sign-in
			t.Errorf("ScanSessions: got %d records that do not open, want 2, those of the other app", unopened)
		}
		session := found[authtest.Ada.Email]
		if session.User.Subject != authtest.Ada.Subject || session.Provider != "asgardeo" || session.Current {
			t.Errorf("ScanSessions: got %+v, want Ada's at asgardeo", session)
		}
		if left := time.Until(session.ExpiresAt); left < 23*time.Hour || left > 24*time.Hour {
			t.Errorf("ScanSessions: got a session that expires in %v, want the idle time of 24 hours", left)
		}
		for _, want := range []bool{true, false} {
			if ended, err := elsewhere.EndListed(t.Context(), session); ended != want || err != nil {
				t.Errorf("EndListed: got %t and error %v, want %t", ended, err, want)
			}
		}
		if diff := cmp.Diff(counted{"session_ended app": 1}, events.counts()); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if a.IsSignedIn(ada) || !a.IsSignedIn(grace) || !alien.IsSignedIn(stranger) {
			t.Error("after Ada's session was ended: want the others signed in")
		}
	})
}

func TestSessionsOfRefusesUnknownProvider(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	if _, err := a.Auth.SessionsOf(t.Context(), "Asgardeo", authtest.Ada.Subject); auth.CodeOf(err) != auth.UnknownProvider {
		t.Errorf("SessionsOf: got error %v, want %s", err, auth.UnknownProvider)
	}
	if _, err := a.Auth.EndSessions(t.Context(), "Asgardeo", authtest.Ada.Subject); auth.CodeOf(err) != auth.UnknownProvider {
		t.Errorf("EndSessions: got error %v, want %s", err, auth.UnknownProvider)
	}
}

// Its own session is marked for an admin who reads the list.
func TestSessionsOfMarksTheSessionOfTheRequest(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	ada, other := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, ada, authtest.Ada)
	a.SignIn(t, other, authtest.Ada)
	a.InRequest(t, ada, func(ctx context.Context) {
		session, _ := auth.FromContext(ctx)
		listed, err := a.Auth.SessionsOf(ctx, "asgardeo", authtest.Ada.Subject)
		if err != nil || len(listed) != 2 {
			t.Fatalf("SessionsOf: got %d sessions and error %v, want 2", len(listed), err)
		}
		for _, s := range listed {
			if s.Current != (s.ID == session.ID) {
				t.Errorf("SessionsOf: got %+v, want only the request's session current", s)
			}
		}
	})
}

func TestScanSessionsReturnsErrors(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
	a := handlerstest.StartOn(t, s)
	a.SignIn(t, authtest.NewBrowser(t), authtest.Ada)
	enough := errors.New("enough")
	if _, err := a.Auth.ScanSessions(t.Context(), func(auth.SessionInfo) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("ScanSessions: got error %v, want that of visit", err)
	}
	s.Set(storetest.Fails("Scan"))
	if _, err := a.Auth.ScanSessions(t.Context(), func(auth.SessionInfo) error { return nil }); auth.CodeOf(err) != auth.StoreUnavailable {
		t.Errorf("ScanSessions: got error %v, want %s", err, auth.StoreUnavailable)
	}
}

// What the app stores besides sessions does not count as unreadable.
func TestScanSessionsKnowsEveryRecordOfTheApp(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) { c.Idle = 3 * time.Second })
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	if got := <-a.WatchEvents(t, b); got != "ended" {
		t.Fatalf("the session expires: got event %q, want ended", got)
	}
	a.SignIn(t, b, authtest.Ada)
	if err := a.Auth.BackChannelLogout(t.Context(), "asgardeo", a.Provider.LogoutToken(nil)); err != nil {
		t.Fatal(err)
	}
	unopened, err := a.Auth.ScanSessions(t.Context(), func(auth.SessionInfo) error { return nil })
	if unopened != 0 || err != nil {
		t.Errorf("ScanSessions: got %d records that do not open and error %v, want none", unopened, err)
	}
}
