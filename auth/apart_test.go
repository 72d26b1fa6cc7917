package auth

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/internal/sealed"
)

// deployments are pairs of apps that share a store and a user, and nothing else.
var deployments = []struct {
	name   string
	second func(*Config)
}{
	{"another origin and another secret", func(c *Config) { c.URL, c.Secret = "https://staging.example.com", otherSecret }},
	{"another origin and the same secret", func(c *Config) { c.URL = "https://staging.example.com" }},
	{"another port and the same secret", func(c *Config) { c.URL = "http://localhost:3001" }},
	{"the same origin and another secret", func(c *Config) { c.Secret = otherSecret }},
}

// What one app does to all sessions of a user does not affect, list or notify the
// sessions of another app on the same store.
func TestAppsOnOneStoreAreSeparate(t *testing.T) {
	t.Parallel()
	deeds := map[string]func(t *testing.T, second *Auth, ctx context.Context) error{
		"ends all others": func(_ *testing.T, second *Auth, ctx context.Context) error { return second.EndOtherSessions(ctx) },
		"logs out the sid": func(t *testing.T, second *Auth, _ context.Context) error {
			_, err := second.endAll(t.Context(), second.store.sidIndex(forSession, "asgardeo", "sid-of-ada"), ByProvider, nil)
			return err
		},
		"logs out the subject": func(t *testing.T, second *Auth, _ context.Context) error {
			_, err := second.endAll(t.Context(), second.store.subjectIndex(forSession, "asgardeo", authtest.Ada.Subject), ByProvider, nil)
			return err
		},
		"ends the surplus": func(t *testing.T, second *Auth, _ context.Context) error {
			for range maxSessions {
				beginSession(t, second, adaRecord())
			}
			return second.evictOldest(t.Context(), adaRecord())
		},
	}
	for _, d := range deployments {
		for deed, do := range deeds {
			t.Run(d.name+", the second "+deed, func(t *testing.T) {
				t.Parallel()
				s := openStore(t, "memory:")
				first, _ := newAuth(t, s)
				second, _ := newAuth(t, s, d.second)
				cookie := beginSession(t, first, adaRecord())
				events, err := first.Watch(newTestRequest(t, first, cookie))
				if err != nil {
					t.Fatal(err)
				}
				ctx := newTestRequest(t, second, beginSession(t, second, adaRecord()))
				if listed, err := second.Sessions(ctx); len(listed) != 1 || err != nil {
					t.Errorf("the second app lists %d sessions and error %v, want only its own", len(listed), err)
				}
				if err := do(t, second, ctx); err != nil {
					t.Fatal(err)
				}
				if got := who(t, first, cookie); got != authtest.Ada.Subject {
					t.Errorf("at the first app: got %q signed in, want Ada as before", got)
				}
				select {
				case event := <-events:
					t.Errorf("a tab of the first app: got event %q, want none", event)
				default:
				}
			})
		}
	}
}

// Browsers send the cookies of one port to other ports. The app there ignores them,
// and its Sign Out ends no session.
func TestCookiesOfAnotherAppAreIgnored(t *testing.T) {
	t.Parallel()
	for _, d := range deployments[:3] {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "latchkey.db"))
			first, _ := newAuth(t, s)
			second, _ := newAuth(t, s, d.second)
			mine := beginSession(t, first, adaRecord())
			theirs := second.cookies.New(sessionCookie, mine.Value, time.Hour)
			ctx := newTestRequest(t, second, theirs)
			if session, err := FromContext(ctx); session != nil || err != nil {
				t.Errorf("at the second app: got %+v and error %v, want signed out", session, err)
			}
			if _, err := second.SignOut(ctx, "/"); err != nil {
				t.Fatal(err)
			}
			if got := who(t, first, mine); got != authtest.Ada.Subject {
				t.Errorf("at the first app: got %q signed in, want Ada as before", got)
			}
			sealed := first.cookies.Seal(forNotice, noticeCookie, Notice{Kind: SignedOut}, time.Hour)
			if second.cookies.Open(forNotice, noticeCookie, sealed.Value, new(Notice)) {
				t.Error("a cookie of the first app opens at the second")
			}
		})
	}
}

// Store keys depend on the origin for used states, locks and recorded logouts as
// well as for sessions.
func TestStoreKeysDependOnOrigin(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	first, clock := newAuth(t, s)
	second, _ := newAuth(t, s, func(c *Config) { c.URL = "https://staging.example.com" })
	for _, v := range []sessionStore{first.store, second.store} {
		if won, err := v.UseOnce(t.Context(), forSignIn, clock.Now().Add(time.Hour), "state"); !won || err != nil {
			t.Errorf("a state: got claimed %t and error %v, want each app to have it", won, err)
		}
		if used, err := v.Used(t.Context(), forLogout, "asgardeo", "jti"); used || err != nil {
			t.Errorf("a jti: got used %t and error %v, want it new to each app", used, err)
		}
		if _, err := v.UseOnce(t.Context(), forLogout, clock.Now().Add(time.Hour), "asgardeo", "jti"); err != nil {
			t.Fatal(err)
		}
		lock, err := v.Lock(t.Context(), forRefresh, v.Key(forRefresh, "a session"))
		if lock == nil || err != nil {
			t.Fatalf("got no lock and error %v, want one for each app", err)
		}
		defer lock.Release()
		for _, index := range v.indexOf(forLogout, "asgardeo", "sid", "sub") {
			logouts, err := v.List(t.Context(), forLogout, index)
			if len(logouts) > 0 || err != nil {
				t.Errorf("got %d logouts remembered and error %v, want none of the other app's", len(logouts), err)
			}
			if _, err := v.Create(t.Context(), forLogout, v.Key(forLogout, "jti", string(index[:])), sealed.Parts{}, clock.Now().Add(time.Hour), index); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Only messages that we published reach a tab; others on the same channel are
// ignored.
func TestStoreEventsAreValidated(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	a, _ := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	ctx := newTestRequest(t, a, cookie)
	events, err := a.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	name := sealed.KeyName(requestFrom(ctx).active.key)
	messages := []string{
		"", " ", "ended", "x " + name, "ENDED " + name, "x\ndata:gotcha " + name, "ended\n " + name, " " + name,
		"ended " + name[2:], "ended " + name + "00", "ended " + name + " ", string(Replaced) + " " + name,
	}
	for { // until it listens
		for _, message := range messages {
			if err := s.Publish(t.Context(), message); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case got := <-events:
			if got != Replaced {
				t.Errorf("got event %q, want %q, the only one that is ours", got, Replaced)
			}
			return
		default:
		}
	}
}
