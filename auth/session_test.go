package auth

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

func TestSessionIdleAndAbsoluteExpiry(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name       string
		idle, life time.Duration
		waits      []time.Duration // between the requests of a person
		signedIn   bool            // at the last of them
	}{
		{"a moment before the idle end", time.Hour, 24 * time.Hour, []time.Duration{time.Hour - time.Second}, true},
		{"at the idle end", time.Hour, 24 * time.Hour, []time.Duration{time.Hour}, false},
		{"activity moves the idle end", time.Hour, 24 * time.Hour, []time.Duration{50 * time.Minute, 50 * time.Minute, 50 * time.Minute}, true},
		{"activity of less than a minute ago does not", time.Hour, 24 * time.Hour, []time.Duration{30 * time.Second, time.Hour - 30*time.Second}, false},
		{"no activity moves the absolute end", time.Hour, 2 * time.Hour, []time.Duration{50 * time.Minute, 50 * time.Minute, 20 * time.Minute}, false},
		{"a moment before the absolute end", time.Hour, 2 * time.Hour, []time.Duration{50 * time.Minute, 50 * time.Minute, 19 * time.Minute}, true},
		{"an idle life longer than the absolute one", 48 * time.Hour, time.Hour, []time.Duration{time.Hour}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, clock := newAuth(t, openStore(t, "memory:"), func(config *Config) { config.Idle, config.MaxAge = c.idle, c.life })
			cookie := beginSession(t, a, adaRecord())
			var got *Session
			for _, wait := range c.waits {
				clock.Advance(wait)
				got, _ = FromContext(newTestRequest(t, a, cookie))
			}
			if (got != nil) != c.signedIn {
				t.Errorf("got session %+v, want one: %t", got, c.signedIn)
			}
			if got != nil && got.ExpiresAt.After(got.Deadline) {
				t.Errorf("it ends %s, after its absolute end %s", got.ExpiresAt, got.Deadline)
			}
		})
	}
}

// A write based on an outdated read does not overwrite a session that has changed or
// ended since.
func TestSessionWriteAfterChangeOrEnd(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*testing.T, *Auth, store.Key){
		"changed": func(t *testing.T, a *Auth, key store.Key) {
			if err := a.updateRecord(t.Context(), key, func(r *record.Record) { r.AccessToken = "theirs" }); err != nil {
				t.Fatal(err)
			}
		},
		"ended": func(t *testing.T, a *Auth, key store.Key) {
			if _, err := a.end(t.Context(), key, ByPerson); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(t *testing.T, s store.Store) {
				a, _ := newAuth(t, s)
				key := a.store.sessionKey(beginSession(t, a, adaRecord()).Value)
				mine, sealed, err := a.readRecord(t.Context(), key)
				if err != nil {
					t.Fatal(err)
				}
				meanwhile(t, a, key)
				before, _ := s.Find(t.Context(), key)
				if written, err := a.writeRecord(t.Context(), key, sealed, mine); written != nil || err != nil {
					t.Errorf("got written %t and error %v, want neither", written != nil, err)
				}
				after, _ := s.Find(t.Context(), key)
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("what was overtaken was written: want -, got +\n%s", diff)
				}
			})
		})
	}
}

// If only the details of a record are modified, pages still load, without claims,
// tokens and groups.
func TestSessionWithUnreadableDetails(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	a, clock := newAuth(t, s)
	ada := adaRecord()
	ada.AccessToken, ada.IDToken, ada.Claims = "access token", "id token", `{"groups":"admins"}`
	cookie := beginSession(t, a, ada)
	key := a.store.sessionKey(cookie.Value)
	good, _ := s.Find(t.Context(), key)
	bad := bytes.Clone(good)
	bad[len(bad)-17]++ // the last byte of the details, before their tag
	if updated, err := s.Update(t.Context(), key, good, bad, clock.Now().Add(time.Hour)); !updated || err != nil {
		t.Fatalf("got updated %t and error %v, want the record tampered with", updated, err)
	}
	clock.Advance(2 * touchAfter)
	ctx := newTestRequest(t, a, cookie)
	session, err := FromContext(ctx)
	if err != nil || session == nil || session.User.Subject != ada.Subject {
		t.Fatalf("got %+v and error %v, want Ada's session", session, err)
	}
	if session.InGroup("asgardeo", "admins") || len(session.Claims()) > 0 || len(session.Timeline()) > 0 {
		t.Errorf("got claims %v and timeline %v, want none", session.Claims(), session.Timeline())
	}
	_, err = a.accessToken(ctx, requestFrom(ctx).active)
	wantCode(t, "the access token", err, SessionEnded)
	wantCode(t, "a change", a.NameDevice(ctx, "a name"), SessionEnded)
	if after, _ := s.Find(t.Context(), key); !bytes.Equal(after, bad) {
		t.Error("the unreadable details were overwritten")
	}
}

func TestSessionCookieLastsUntilAbsoluteExpiry(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"), func(c *Config) { c.Idle, c.MaxAge = time.Hour, 100*time.Hour })
	newProviderFor(t, a)
	cookie := signedInAda(t, a, authtest.NewBrowser(t))
	if want := int((100 * time.Hour).Seconds()); cookie.MaxAge != want {
		t.Errorf("got Max-Age %d, want %d", cookie.MaxAge, want)
	}
}

// Every sign-in creates a new session token, and ends the session that it replaces.
func TestSignInReplacesSession(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		a, _ := newAuth(t, s)
		p, b := newProviderFor(t, a), authtest.NewBrowser(t)
		old := signedInAda(t, a, b)
		fresh := signedInAda(t, a, b, old)
		if fresh.Value == old.Value {
			t.Error("the new session has the old one's token")
		}
		if got := who(t, a, old); got != "" {
			t.Errorf("the replaced session: got %s signed in, want signed out", got)
		}
		if got := who(t, a, fresh); got != authtest.Ada.Subject {
			t.Errorf("the new session: got %q signed in, want Ada", got)
		}
		a.Close()
		if got := len(p.Revoked()); got != 1 {
			t.Errorf("got %d tokens revoked, want the replaced session's refresh token", got)
		}
	})
}

func TestSessionThatDoesNotDecodeMeansSignedOut(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	a, clock := newAuth(t, s)
	cookie := a.cookies.New(sessionCookie, "token-token-token-token-token-token-token-t", time.Hour)
	key := a.store.sessionKey(cookie.Value)
	for name, plain := range map[string][]byte{"nothing": {}, "a later version": {new(record.Record).Encode().Summary[0] + 1, 0}, "not ours": []byte("gob or worse")} {
		if _, err := a.store.Create(t.Context(), forSession, key, sealed.Parts{Summary: plain}, clock.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := who(t, a, cookie); got != "" {
			t.Errorf("%s: got %s signed in, want signed out", name, got)
		}
		if _, deleted, err := a.store.Delete(t.Context(), forSession, key); !deleted || err != nil {
			t.Errorf("%s: the record is gone (error %v), want it left alone", name, err)
		}
	}
}

func TestSessionStoreFailureDoesNotMeanSignedOut(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	a, _ := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	s.Set(storetest.Fails("Find"))
	session, err := FromContext(newTestRequest(t, a, cookie))
	wantCode(t, "with a store that fails", err, StoreUnavailable)
	if session != nil || !errors.Is(err, storetest.ErrDown) {
		t.Errorf("got session %v and error %v, want none and the store's", session, err)
	}
	s.Set(nil)
	if got := who(t, a, cookie); got != authtest.Ada.Subject {
		t.Errorf("when the store is back: got %q signed in, want Ada", got)
	}
}

// A group belongs to the provider that is named with it. Providers send groups in many forms.
func TestInGroup(t *testing.T) {
	t.Parallel()
	session := func(provider, claims string) *Session {
		return newSession(&record.Summary{Provider: provider}, time.Time{}, func() (record.Details, error) { return record.Details{Claims: claims}, nil })
	}
	ada := session("asgardeo", `{"groups":["admins","/poets"],"roles":"editor"}`)
	for _, c := range []struct {
		session        *Session
		provider, name string
		want           bool
	}{
		{ada, "asgardeo", "admins", true},
		{ada, "asgardeo", "/poets", true},
		{ada, "asgardeo", "editor", true},
		{ada, "asgardeo", "poets", false},
		{ada, "asgardeo", "Admins", false},
		{ada, "asgardeo", "", false},
		{ada, "", "admins", false},
		{ada, "other", "admins", false},
		{ada, "admins", "asgardeo", false},
		{session("other", `{"groups":["admins"]}`), "asgardeo", "admins", false},
		{session("", `{"groups":["admins"]}`), "", "admins", false},
		{session("asgardeo", `{"groups":[""]}`), "asgardeo", "", false},
		{&Session{Provider: "asgardeo"}, "asgardeo", "admins", false},
		{session("asgardeo", `{"groups":"poets"}`), "asgardeo", "poets", true},
		{session("asgardeo", `{"groups":[null,7,"poets",{"id":1}]}`), "asgardeo", "poets", true},
		{session("asgardeo", `{"groups":[`+strings.Repeat(`"a group with quite a long name, as they are",`, 400)+`"poets"]}`), "asgardeo", "poets", true},
		{session("asgardeo", `{"groups":[{"groupId":"poets","roles":["ADMIN"]}]}`), "asgardeo", "poets", false},
		{session("asgardeo", `{"groups":{"poets":true}}`), "asgardeo", "poets", false},
		{session("asgardeo", `{"groups":"analysts,poets"}`), "asgardeo", "poets", false},
		{session("asgardeo", `{"groups":[["poets"]]}`), "asgardeo", "poets", false},
		{session("asgardeo", `{"groups":["poets "]}`), "asgardeo", "poets", false},
	} {
		if got := c.session.InGroup(c.provider, c.name); got != c.want {
			t.Errorf("%s's session with %v: InGroup(%q, %q) is %t, want %t", c.session.Provider, c.session.Claims(), c.provider, c.name, got, c.want)
		}
	}
}
