package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// counted are the events of a case, each with how often it is emitted.
type counted = map[string]int

var sessionEvents = []eventCase{
	{"sign-in, and sign-out twice", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		a.signOut(b)
		a.signOut(b)
	}, counted{"signed_in": 1, "session_ended person": 1}},
	{"a second sign-in of a browser", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		a.SignIn(t, b, authtest.Ada)
	}, counted{"signed_in": 2, "session_ended replaced": 1}},
	{"a confirmation", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		b.Walk(b.SignIn(a.StartConfirmation(t, b), authtest.Ada))
	}, counted{"signed_in": 1, "step_up_confirmed": 1, "session_ended replaced": 1}},
	{"sessions ended from the list", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		for range 3 {
			a.SignIn(t, authtest.NewBrowser(t), authtest.Ada)
		}
		a.SignIn(t, b, authtest.Ada)
		a.InRequest(t, b, func(ctx context.Context) {
			all, err := a.Auth.Sessions(ctx)
			if err == nil {
				err = errors.Join(a.Auth.EndSession(ctx, all[1].ID), a.Auth.EndOtherSessions(ctx), a.Auth.EndSession(ctx, all[0].ID))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}, counted{"signed_in": 4, "session_ended person_elsewhere": 3, "session_ended person": 1}},
	{"back-channel logout, and its replay", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		token := a.Provider.LogoutToken(nil)
		a.sendLogout(b, token)
		a.sendLogout(b, token)
	}, counted{"signed_in": 1, "session_ended provider": 1, "logout_token_received": 1, "logout_token_rejected logout_token_invalid": 1}},
	{"front-channel logout", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		b.Get(a.FrontChannelLogoutURL("asgardeo", url.Values{"iss": {a.Provider.Issuer()}, "sid": {a.Provider.Sessions()[0].SID}}))
	}, counted{"signed_in": 1, "session_ended provider": 1}},
	{"a session expires in two tabs, one at each replica", func(c *auth.Config) { c.Idle = 3 * time.Second }, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		for _, tab := range []<-chan string{a.WatchEvents(t, b), a.WatchEvents(t, b)} {
			if got := <-tab; got != "ended" {
				t.Errorf("the tab: got %q, want ended", got)
			}
		}
	}, counted{"signed_in": 1, "session_ended expiry": 1}},
	{"sign-out with two tabs", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		tabs := []<-chan string{a.WatchEvents(t, b), a.WatchEvents(t, b)}
		a.signOut(b)
		<-tabs[0]
		<-tabs[1]
	}, counted{"signed_in": 1, "session_ended person": 1}},
	{"sessions ended by the app", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		a.SignIn(t, authtest.NewBrowser(t), authtest.Ada)
		if ended, err := a.Auth.EndSessions(t.Context(), "asgardeo", authtest.Ada.Subject); ended != 2 || err != nil {
			t.Errorf("EndSessions: got %d and error %v, want 2", ended, err)
		}
	}, counted{"signed_in": 2, "session_ended app": 2}},
	{"a ClientAddress hook that panics", func(c *auth.Config) { c.ClientAddress = func(*http.Request) string { panic("hook") } }, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		a.signOut(b)
		a.close()
		if len(a.Provider.Revoked()) == 0 {
			t.Error("the tokens were not revoked")
		}
	}, counted{"signed_in": 1, "session_ended person": 1}},
	{"too many sessions", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		for range 101 {
			a.SignIn(t, authtest.NewBrowser(t), authtest.Ada)
		}
	}, counted{"signed_in": 101, "session_ended eviction": 1}},
}

var refreshEvents = []eventCase{
	{"refreshes at two replicas at once", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		signInExpired(t, a.App, b)
		var calls sync.WaitGroup
		for _, replica := range handlerstest.StartAPI(t, a.App, 2).Replicas {
			for range 3 {
				calls.Go(func() { b.Get(replica.URL) })
			}
		}
		calls.Wait()
	}, counted{"signed_in": 1, "tokens_refreshed": 1}},
	{"a revoked refresh token", nil, refresh(func(a *eventApp) {
		a.Provider.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_grant"))
	}), counted{"signed_in": 1, "refresh_failed refresh_token_revoked": 1, "session_ended provider": 1}},
	{"a rejected refresh token", nil, refresh(func(a *eventApp) {
		a.Provider.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_scope"))
	}), counted{"signed_in": 1, "refresh_failed refresh_token_rejected": 1}},
	{"a refresh with another person's ID token", nil, refresh(func(a *eventApp) {
		a.Provider.EditIDToken(func(_, claims map[string]any) { claims["sub"] = authtest.Grace.Subject })
	}), counted{"signed_in": 1, "refresh_failed provider_fault": 1}},
	{"a refresh with an ID token of the future", nil, refresh(func(a *eventApp) { a.Provider.SetClock(func() time.Time { return time.Now().Add(time.Hour) }) }),
		counted{"signed_in": 1, "refresh_failed clock_skew": 1}},
	{"a refresh with a wrong client secret", nil, refresh(func(a *eventApp) {
		a.Provider.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_client"))
	}), counted{"signed_in": 1, "refresh_failed misconfigured": 1}},
	{"a refresh at a provider that is down", nil, refresh(func(a *eventApp) {
		a.Provider.Handle(authtest.TokenEndpoint, authtest.Status(http.StatusServiceUnavailable))
	}), counted{"signed_in": 1, "refresh_failed provider_unavailable": 1, "provider_unavailable provider_unavailable": 1}},
	{"a refresh whose tokens cannot be stored", nil, refresh(func(a *eventApp) {
		a.Provider.EditTokenResponse(func(map[string]any) { a.store.Set(storetest.Fails("Update")) })
	}), counted{"signed_in": 1, "refresh_failed store_unavailable": 1, "store_unavailable": 1}},
	{"a sign-out during a refresh", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		refresh(func(a *eventApp) {
			a.Provider.EditTokenResponse(func(map[string]any) { a.signOut(b) })
		})(t, a, b)
	}, counted{"signed_in": 1, "session_ended person": 1, "refresh_failed session_ended": 1}},
}

var availabilityEvents = []eventCase{
	{"a provider that is down and back", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, authtest.NewBrowser(t), authtest.Ada)
		a.SignIn(t, authtest.NewBrowser(t), authtest.Ada)
		a.Provider.Handle(authtest.TokenEndpoint, authtest.Status(http.StatusBadGateway))
		inParallel(8, func() { a.TrySignIn(authtest.NewBrowser(t)) })
		a.Provider.Handle(authtest.TokenEndpoint, nil)
		a.advance(2 * time.Second)
		inParallel(8, func() { a.TrySignIn(authtest.NewBrowser(t)) })
	}, counted{"signed_in": 10, "sign_in_failed provider_unavailable": 8, "provider_unavailable provider_unavailable": 2, "provider_available": 2}},
	{"a provider that cannot be discovered", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.Provider.Handle(authtest.DiscoveryEndpoint, authtest.Status(http.StatusServiceUnavailable))
		a.TrySignIn(b)
		a.TrySignIn(b)
		a.Provider.Handle(authtest.DiscoveryEndpoint, nil)
		a.advance(2 * time.Second)
		a.SignIn(t, b, authtest.Ada)
		a.SignIn(t, b, authtest.Ada)
	}, counted{"sign_in_failed provider_unavailable": 2, "provider_unavailable provider_unavailable": 2, "provider_available": 2, "signed_in": 2, "session_ended replaced": 1}},
	{"a provider that calls itself something else", nil, func(_ *testing.T, a *eventApp, b *authtest.Browser) {
		a.Provider.EditDiscovery(func(doc map[string]any) { doc["issuer"] = "https://other.example" })
		a.TrySignIn(b)
	}, counted{"sign_in_failed misconfigured": 1, "provider_unavailable misconfigured": 1}},
	{"a provider without a discovery document", nil, func(_ *testing.T, a *eventApp, b *authtest.Browser) {
		a.Provider.Handle(authtest.DiscoveryEndpoint, authtest.Status(http.StatusNotFound))
		a.TrySignIn(b)
	}, counted{"sign_in_failed provider_fault": 1, "provider_unavailable provider_fault": 1}},
	{"a store that is down and back", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		a.store.Set(storetest.Fails())
		inParallel(8, func() { b.Get(a.URL + "/") })
		a.store.Set(nil)
		a.advance(2 * time.Second)
		inParallel(8, func() { b.Get(a.URL + "/") })
	}, counted{"signed_in": 1, "store_unavailable": 2, "store_available": 2}},
	{"a store that fails every other call", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		a.freeze()          // on a busy machine the requests take longer than an outage must be over
		for i := range 12 { // of two requests in a row, one is at each replica
			a.store.Set(map[bool]storetest.Fault{true: storetest.Fails()}[i/2%2 == 0])
			b.Get(a.URL + "/")
		}
	}, counted{"signed_in": 1, "store_unavailable": 2}},
	{"a callback while the store is down", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		j := a.StartSignIn(t, b)
		a.store.Set(storetest.Fails())
		j.Finish()
	}, counted{"sign_in_failed store_unavailable": 1, "store_unavailable": 1}},
	{"a logout token while the keys are unavailable", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.Provider.Handle(authtest.JWKSEndpoint, authtest.Status(http.StatusServiceUnavailable))
		a.sendLogout(b, a.Provider.LogoutToken(nil))
	}, counted{"logout_token_rejected provider_unavailable": 1, "provider_unavailable provider_unavailable": 1}},
	{"a logout token of a provider that does not wait", nil, func(t *testing.T, a *eventApp, _ *authtest.Browser) {
		ctx, disconnect := context.WithCancel(t.Context())
		disconnect()
		if err := a.Auth.BackChannelLogout(ctx, "asgardeo", a.Provider.LogoutToken(nil)); err == nil {
			t.Error("BackChannelLogout: got no error")
		}
	}, counted{"logout_token_rejected client_disconnected": 1}},
	{"a logout token while the store is down", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.store.Set(storetest.Fails())
		a.sendLogout(b, a.Provider.LogoutToken(nil))
	}, counted{"logout_token_rejected store_unavailable": 1, "store_unavailable": 1}},
}

// refresh returns a case that calls an API, with an access token that has expired,
// after a change.
func refresh(change func(*eventApp)) func(*testing.T, *eventApp, *authtest.Browser) {
	return func(t *testing.T, a *eventApp, b *authtest.Browser) {
		signInExpired(t, a.App, b)
		api := handlerstest.StartAPI(t, a.App, 1).Replicas[0].URL
		change(a)
		b.Get(api)
	}
}

func inParallel(n int, do func()) {
	var all sync.WaitGroup
	for range n {
		all.Go(do)
	}
	all.Wait()
}

func (a *eventApp) signOut(b *authtest.Browser) { b.Post(a.URL+"/api/auth/signout", nil) }

func (a *eventApp) sendLogout(b *authtest.Browser, token string) {
	r, err := http.NewRequest(http.MethodPost, a.URL+"/api/auth/backchannel-logout/asgardeo", strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	if err != nil {
		panic(err) // a URL of the test
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.Client.Do(r)
	if err == nil {
		resp.Body.Close()
	}
}
