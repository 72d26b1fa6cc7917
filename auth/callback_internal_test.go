package auth

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
)

// A state works for 30 minutes (RFC 9700 section 4.7.1). Later it is reported as expired,
// and in the end as unknown.
func TestCallbackRefusesExpiredState(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		after time.Duration
		want  Code
	}{
		{29 * time.Minute, ProviderRefused}, // the provider is asked, and does not know the code
		{31 * time.Minute, StateExpired},
		{59 * time.Minute, StateExpired},
		{61 * time.Minute, StateUnknown},
	} {
		t.Run(c.after.String(), func(t *testing.T) {
			t.Parallel()
			a, clock := newAuth(t, openStore(t, "memory:"))
			p := newProviderFor(t, a)
			query, cookies := toProvider(t, a, authtest.NewBrowser(t))
			query.Set("code", "forged")
			clock.Advance(c.after)
			_, err := a.Callback(newTestRequest(t, a, cookies...), "asgardeo", query)
			wantCode(t, "the callback", err, c.want)
			if asked := p.Requests(authtest.TokenEndpoint) > 0; asked != (c.want == ProviderRefused) {
				t.Errorf("whether the provider was asked: got %v, want %v", asked, !asked)
			}
		})
	}
}

// A state is bound to the redirect URI that it was started with: a change of
// AUTH_URL before the callback makes it another app's (RFC 6749 section 10.12).
func TestCallbackRefusesStateOfAnotherRedirectURI(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	a, _ := newAuth(t, s)
	newProviderFor(t, a)
	query, cookies := toProvider(t, a, authtest.NewBrowser(t))
	moved, _ := newAuth(t, s, func(c *Config) { c.URL = "http://localhost:3001" })
	_, err := moved.Callback(newTestRequest(t, moved, cookies...), "asgardeo", query)
	wantCode(t, "the callback", err, StateUnknown)
}

// Without auth_time and acr in the ID token, a sign-in confirms nothing, even if userinfo
// has them.
func TestSignInTakesItsProofFromTheIDTokenAlone(t *testing.T) {
	t.Parallel()
	a, clock := newAuth(t, openStore(t, "memory:"))
	p := newProviderFor(t, a)
	p.EditIDToken(func(_, c map[string]any) {
		for _, name := range []string{"name", "given_name", "auth_time", "acr", "amr", "sid"} {
			delete(c, name)
		}
	})
	p.EditUserinfo(func(c map[string]any) {
		c["auth_time"], c["acr"], c["amr"], c["sid"] = clock.Now().Unix(), "gold", []string{"hwk"}, "stolen-sid"
	})
	cookie := signedInAda(t, a, authtest.NewBrowser(t))
	r, _, err := a.readRecord(t.Context(), a.store.sessionKey(cookie.Value))
	if err != nil {
		t.Fatal(err)
	}
	if !r.AuthTime.IsZero() || r.ACR != "" || r.SID != "" || r.Name != "Ada Lovelace" {
		t.Errorf("got auth_time %s, acr %q, sid %q, name %q; want userinfo's name alone", r.AuthTime, r.ACR, r.SID, r.Name)
	}
	for _, want := range []Confirmation{{}, {ACR: []string{"gold"}}} {
		if want.satisfiedBy(&r.Summary, clock.Now()) {
			t.Errorf("userinfo proves %+v", want)
		}
	}
}

// Claims that only userinfo has are stored, although the ID token has a name.
func TestClaimsThatOnlyUserinfoHas(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	p := newProviderFor(t, a)
	p.EditIDToken(func(_, c map[string]any) {
		for _, name := range []string{"email", "email_verified", "groups", "picture"} {
			delete(c, name)
		}
	})
	p.EditUserinfo(func(c map[string]any) { c["picture"] = "https://pictures.example/ada.png" })
	cookie := signedInAda(t, a, authtest.NewBrowser(t))
	session, err := FromContext(newTestRequest(t, a, cookie))
	if err != nil || session == nil {
		t.Fatalf("got %v, %v, want a session", session, err)
	}
	want := User{Subject: authtest.Ada.Subject, Name: "Ada Lovelace", Email: authtest.Ada.Email, Picture: "https://pictures.example/ada.png"}
	if diff := cmp.Diff(want, session.User); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	if session.Claims()["email_verified"] != true || !session.InGroup("asgardeo", "poets") {
		t.Errorf("got claims %v, want userinfo's e-mail verification and groups too", session.Claims())
	}
}

// A sign-in that starts no session uses the state up as well: a reload says so, and does not
// look like a success.
func TestCallbackUsesStateUpWithoutSession(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(*Config, *authtest.Provider)
		fault   func(calls int) error // of the store's Create
	}{
		"Admit refuses": {prepare: func(c *Config, _ *authtest.Provider) {
			c.Admit = func(context.Context, *Session) error { return Refuse("Not today.") }
		}},
		"session_expiry is in the past": {prepare: func(_ *Config, p *authtest.Provider) {
			p.EditIDToken(func(_, claims map[string]any) { claims["session_expiry"] = 1 })
		}},
		"the session is not stored": {fault: func(calls int) error {
			if calls == 2 { // the first uses the state
				return storetest.ErrDown
			}
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := &storetest.Faulty{Store: openStore(t, "memory:")}, authtest.Start(t)
			a, _ := newAuth(t, s, func(config *Config) {
				if c.prepare != nil {
					c.prepare(config, p)
				}
			})
			register(a, p)
			query, cookies := toProvider(t, a, authtest.NewBrowser(t))
			if c.fault != nil {
				s.Set(func(_ context.Context, method string) error {
					if method != "Create" {
						return nil
					}
					return c.fault(s.Count("Create"))
				})
			}
			redirect, err := a.Callback(newTestRequest(t, a, cookies...), "asgardeo", query)
			if err == nil {
				t.Fatal("the callback: got no error")
			}
			if len(redirect.Cookies) > 0 {
				cookies = redirect.Cookies
			}
			again, err := a.Callback(newTestRequest(t, a, cookies...), "asgardeo", query)
			wantCode(t, "the callback after a reload, which redirects to "+again.URL, err, StateUsed)
		})
	}
}

// A browser that disconnects while the session is checked leaves no session that nobody has
// the token of, and no token.
func TestCallbackOfDisconnectedBrowserLeavesNoSession(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	a, _ := newAuth(t, s)
	p := newProviderFor(t, a)
	query, cookies := toProvider(t, a, authtest.NewBrowser(t))
	ctx, disconnect := context.WithCancel(newTestRequest(t, a, cookies...))
	s.Set(func(ctx context.Context, method string) error {
		if method == "List" { // looks for logouts
			disconnect()
			s.Set(nil)
		}
		return ctx.Err()
	})
	if _, err := a.Callback(ctx, "asgardeo", query); err == nil {
		t.Fatal("the callback: got no error")
	}
	if left, err := a.SessionsOf(t.Context(), "asgardeo", authtest.Ada.Subject); err != nil || len(left) != 0 {
		t.Errorf("got %d sessions left and error %v, want none", len(left), err)
	}
	a.Close()
	if len(p.Revoked()) == 0 {
		t.Error("the tokens were not revoked")
	}
}

// A store that fails at the callback of a confirmation does not mean that the session has ended.
func TestConfirmationWhileStoreFails(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	a, _ := newAuth(t, s)
	newProviderFor(t, a)
	b := authtest.NewBrowser(t)
	cookie := signedInAda(t, a, b)
	redirect, err := a.SignIn(newTestRequest(t, a, cookie), SignInRequest{Provider: "asgardeo", Confirm: &Confirmation{Action: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	back, err := url.Parse(b.SignIn(redirect.URL, authtest.Ada))
	if err != nil {
		t.Fatal(err)
	}
	s.Set(storetest.Fails("Find"))
	ctx := newTestRequest(t, a, append(redirect.Cookies, cookie)...)
	s.Set(nil)
	_, err = a.Callback(ctx, "asgardeo", back.Query())
	wantCode(t, "the callback", err, StoreUnavailable)
}
