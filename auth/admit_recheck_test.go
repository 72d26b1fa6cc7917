package auth_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// recheckAfter is far less than the life of the provider's tokens, whose clock stays.
const recheckAfter = 10 * time.Minute

// recheckApp is an app whose Admit hook is called again after recheckAfter. The hook counts its
// calls, and keeps the groups that it saw.
type recheckApp struct {
	*handlerstest.App
	clock  *authtest.Clock
	calls  atomic.Int64
	answer atomic.Pointer[error] // what the hook returns; nil to admit
}

// errHangs makes the hook wait until its context ends, as for a database that hangs.
var errHangs = errors.New("database hangs")

// errPanics makes the hook panic.
var errPanics = errors.New("hook panics")

func startRecheckApp(tb testing.TB, sessions store.Store) *recheckApp {
	tb.Helper()
	r := &recheckApp{clock: authtest.NewClock()}
	r.App = handlerstest.StartOn(tb, sessions, func(c *auth.Config, _ *handlers.Config) {
		c.TestClock, c.Recheck = r.clock.Now, recheckAfter
		c.Providers[0].Scopes = []string{"openid", "profile", "email", "groups", "offline_access"}
		c.Admit = func(ctx context.Context, s *auth.Session) error {
			s.Values["calls"] += "*"
			r.calls.Add(1)
			if answer := r.answer.Load(); answer != nil {
				switch *answer {
				case errHangs:
					<-ctx.Done()
				case errPanics:
					panic(errPanics)
				}
				return *answer
			}
			return nil
		}
	})
	return r
}

func (r *recheckApp) session(tb testing.TB, b *authtest.Browser) *auth.Session {
	tb.Helper()
	var found *auth.Session
	r.InRequest(tb, b, func(ctx context.Context) {
		session, err := auth.FromContext(ctx)
		if err != nil {
			tb.Errorf("FromContext: got error %v, want none", err)
		}
		found = session
	})
	return found
}

// Admit is called again with what the provider says then, and with its own values.
func TestRecheckTakesFreshClaims(t *testing.T) {
	t.Parallel()
	a, b := startRecheckApp(t, store.NewMemory()), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	a.Provider.EditUserinfo(func(claims map[string]any) {
		claims["groups"], claims["email"], claims["name"] = []string{"editors"}, "ada@example.org", "Ada King"
		delete(claims, "email_verified")
		claims["acr"] = "planted"
	})
	for _, step := range []struct {
		later time.Duration
		calls int64
		name  string
	}{{recheckAfter - time.Minute, 1, "Ada Lovelace"}, {time.Minute, 2, "Ada King"}, {recheckAfter - time.Minute, 2, "Ada King"}, {time.Minute, 3, "Ada King"}} {
		a.clock.Advance(step.later)
		session := a.session(t, b)
		if session == nil || a.calls.Load() != step.calls || session.User.Name != step.name {
			t.Fatalf("%v later: got session %+v after %d calls of Admit, want %s after %d; the log:\n%s", step.later, session, a.calls.Load(), step.name, step.calls, a.Log)
		}
	}
	session := a.session(t, b)
	if session.Values["calls"] != "***" || session.User.Email != "ada@example.org" || !session.InGroup("asgardeo", "editors") || session.InGroup("asgardeo", "poets") {
		t.Errorf("got values %v, e-mail address %s and claims %v, want those of the last check", session.Values, session.User.Email, session.Claims())
	}
	if claims := session.Claims(); claims["email_verified"] != nil || claims["acr"] == "planted" {
		t.Errorf("got claims %v, want the verification of the new address only, and the ID token's acr", claims)
	}
}

// A refusal ends all sessions of the person, and of nobody else.
func TestRecheckRefusalEndsAllSessions(t *testing.T) {
	t.Parallel()
	a := startRecheckApp(t, store.NewMemory())
	laptop, phone, grace := authtest.NewBrowser(t), authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, laptop, authtest.Ada)
	a.SignIn(t, phone, authtest.Ada)
	a.SignIn(t, grace, authtest.Grace)
	a.clock.Advance(recheckAfter)
	a.session(t, grace) // is checked before the hook refuses
	refusal := auth.Refuse("Your account is closed.")
	a.answer.Store(&refusal)
	if session := a.session(t, laptop); session != nil {
		t.Errorf("in the request that checks: got session %+v, want none", session)
	}
	if a.IsSignedIn(laptop) || a.IsSignedIn(phone) || !a.IsSignedIn(grace) {
		t.Errorf("signed in: got laptop %v, phone %v, Grace %v, want Grace alone", a.IsSignedIn(laptop), a.IsSignedIn(phone), a.IsSignedIn(grace))
	}
}

// Whatever fails, the session continues, and the next check follows after Recheck.
func TestRecheckFailureEndsNothing(t *testing.T) {
	t.Parallel()
	down := func(a *recheckApp, endpoints ...authtest.Endpoint) {
		for _, e := range endpoints {
			a.Provider.Handle(e, authtest.Status(http.StatusServiceUnavailable))
		}
	}
	for name, fail := range map[string]func(*recheckApp){
		"the hook fails":               func(a *recheckApp) { err := errors.New("database down"); a.answer.Store(&err) },
		"the hook panics":              func(a *recheckApp) { a.answer.Store(&errPanics) },
		"the hook hangs":               func(a *recheckApp) { a.answer.Store(&errHangs) },
		"the provider is down":         func(a *recheckApp) { down(a, authtest.UserinfoEndpoint, authtest.TokenEndpoint) },
		"userinfo is another person's": func(a *recheckApp) { a.Provider.EditUserinfo(func(c map[string]any) { c["sub"] = "mallory" }) },
		"there is no userinfo endpoint": func(a *recheckApp) {
			a.Provider.EditDiscovery(func(d map[string]any) { delete(d, "userinfo_endpoint") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := startRecheckApp(t, store.NewMemory()), authtest.NewBrowser(t)
			a.SignIn(t, b, authtest.Ada)
			fail(a)
			a.clock.Advance(recheckAfter)
			for range 3 {
				if session := a.session(t, b); session == nil || session.User.Name != "Ada Lovelace" {
					t.Fatalf("got session %+v, want Ada's", session)
				}
			}
			if got := a.calls.Load(); got != 2 {
				t.Errorf("calls of Admit: got %d, want one at the sign-in and one later", got)
			}
		})
	}
}

// A request that does not count as activity is checked too: its headers are the client's, so
// otherwise someone who is refused could still read pages.
func TestRecheckIncludesBackgroundRequests(t *testing.T) {
	t.Parallel()
	prefetch := http.Header{"Sec-Purpose": {"prefetch"}}
	refresh := http.Header{"Hx-Request": {"true"}, "Hx-Request-Type": {"partial"}, "Hx-Target": {"body"}}
	for _, c := range []struct {
		path   string
		header http.Header
	}{{"/profile", nil}, {"/profile", prefetch}, {"/profile", refresh}, {"/api/auth/verify", prefetch}, {"/api/auth/verify", refresh}} {
		a, b := startRecheckApp(t, store.NewMemory()), authtest.NewBrowser(t)
		a.SignIn(t, b, authtest.Ada)
		refusal := auth.Refuse("Your account is closed.")
		a.answer.Store(&refusal)
		a.clock.Advance(recheckAfter)
		b.Header = c.header
		if got := b.Get(a.URL + c.path).StatusCode; got != http.StatusUnauthorized {
			t.Errorf("GET %s with %v: got status %d, want 401", c.path, c.header, got)
		}
	}
}

// A provider that has revoked the person's tokens ends the session.
func TestRecheckSeesRevokedTokens(t *testing.T) {
	t.Parallel()
	a, b := startRecheckApp(t, store.NewMemory()), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	a.Provider.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_grant"))
	a.clock.Advance(2 * time.Hour) // the access token has expired
	if session := a.session(t, b); session != nil {
		t.Errorf("got session %+v, want none", session)
	}
}

// A store that cannot be written to ends nothing.
func TestRecheckWithoutStore(t *testing.T) {
	t.Parallel()
	sessions := &storetest.Faulty{Store: store.NewMemory()}
	a, b := startRecheckApp(t, sessions), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	a.clock.Advance(recheckAfter)
	sessions.Set(storetest.Fails("Create", "Update"))
	if session := a.session(t, b); session == nil || a.calls.Load() != 1 {
		t.Errorf("got session %+v after %d calls of Admit, want Ada's after the first", session, a.calls.Load())
	}
	sessions.Set(nil)
	if session := a.session(t, b); session == nil || a.calls.Load() != 2 {
		t.Errorf("with the store back: got session %+v after %d calls of Admit, want Ada's after 2", session, a.calls.Load())
	}
}

// Concurrent requests make one call.
func TestRecheckRunsOnce(t *testing.T) {
	t.Parallel()
	a, b := startRecheckApp(t, store.NewMemory()), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	a.clock.Advance(recheckAfter)
	done := make(chan *auth.Session)
	for range 8 {
		go func() { done <- a.session(t, b) }()
	}
	for range 8 {
		if session := <-done; session == nil || session.Values["calls"] != "**" {
			t.Errorf("got session %+v, want the one that has been checked", session)
		}
	}
	if got := a.calls.Load(); got != 2 {
		t.Errorf("calls of Admit: got %d, want 2", got)
	}
}
