package auth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

var failedSignInEvents = []eventCase{
	{"canceled at the provider", nil, func(_ *testing.T, a *eventApp, b *authtest.Browser) {
		b.Walk(b.Cancel(b.Post(a.URL+"/api/auth/signin/asgardeo", nil).Redirect))
	}, counted{"sign_in_canceled": 1}},
	{"refused by the app", func(c *auth.Config) {
		c.Admit = func(context.Context, *auth.Session) error { return auth.Refuse("no") }
	}, trySignIn(nil), counted{"sign_in_refused refused": 1}},
	{"a duplicated parameter", nil, callback(func(j *handlerstest.PendingSignIn) { j.Query.Add("code", "x") }), counted{"sign_in_failed bad_request": 1}},
	{"an unknown state", nil, callback(func(j *handlerstest.PendingSignIn) { j.Query.Set("state", "x") }), counted{"sign_in_failed state_unknown": 1}},
	{"another issuer", nil, callback(func(j *handlerstest.PendingSignIn) { j.Query.Set("iss", "https://evil.example") }), counted{"sign_in_failed wrong_issuer": 1}},
	{"an error of the provider", nil, callback(func(j *handlerstest.PendingSignIn) {
		j.Query.Del("code")
		j.Query.Set("error", "login_required")
	}), counted{"sign_in_failed provider_refused": 1}},
	{"a late callback", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		j := a.StartSignIn(t, b)
		a.advance(31 * time.Minute)
		j.Finish()
	}, counted{"sign_in_failed state_expired": 1}},
	{"a callback after signing out", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		j := a.StartSignIn(t, b)
		j.Finish()
		a.signOut(b)
		j.Finish()
	}, counted{"signed_in": 1, "session_ended person": 1, "sign_in_failed state_used": 1}},
	{"a wrong nonce", nil, trySignIn(func(p *authtest.Provider) {
		p.EditIDToken(func(_, claims map[string]any) { claims["nonce"] = "x" })
	}), counted{"sign_in_failed provider_fault": 1}},
	{"clocks that differ", nil, trySignIn(func(p *authtest.Provider) { p.SetClock(func() time.Time { return time.Now().Add(time.Hour) }) }), counted{"sign_in_failed clock_skew": 1}},
	{"a wrong client secret", nil, trySignIn(func(p *authtest.Provider) {
		p.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_client"))
	}), counted{"sign_in_failed misconfigured": 1}},
	{"a logout that overtakes the sign-in", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		j := a.StartSignIn(t, b)
		a.sendLogout(b, a.Provider.LogoutToken(nil))
		j.Finish()
	}, counted{"logout_token_received": 1, "session_ended provider": 1, "sign_in_failed signed_out_meanwhile": 1}},
	{"a confirmation whose session has ended", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		callback := b.SignIn(a.StartConfirmation(t, b), authtest.Ada)
		a.signOut(b)
		b.Walk(callback)
	}, counted{"signed_in": 1, "session_ended person": 1, "sign_in_failed session_ended": 1}},
	{"a confirmation by another person", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		b.Walk(b.SignIn(a.StartConfirmation(t, b), authtest.Grace))
	}, counted{"signed_in": 1, "sign_in_failed wrong_person": 1}},
	{"a confirmation that is not fresh", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		a.SignIn(t, b, authtest.Ada)
		a.Provider.EditIDToken(func(_, claims map[string]any) { delete(claims, "auth_time") })
		b.Walk(b.SignIn(a.StartConfirmation(t, b), authtest.Ada))
	}, counted{"signed_in": 1, "sign_in_failed not_confirmed": 1}},
	{"a browser that does not wait for the callback", nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
		fault, arrived, release := authtest.Hold()
		a.Provider.Handle(authtest.TokenEndpoint, fault)
		callback := a.StartSignIn(t, b).Callback.String()
		ctx, leave := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, callback, nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			<-arrived
			leave()
		}()
		if resp, err := b.Client.Do(r); err == nil {
			resp.Body.Close()
			t.Errorf("got %s, want a request that was canceled", resp.Status)
		}
		handlerstest.Eventually(t, "the event", func() bool { return len(a.recorded.events()) == 1 })
		release()
	}, counted{"sign_in_failed client_disconnected": 1}},
}

// callback returns a case that edits the callback of a sign-in.
func callback(edit func(*handlerstest.PendingSignIn)) func(*testing.T, *eventApp, *authtest.Browser) {
	return func(t *testing.T, a *eventApp, b *authtest.Browser) {
		j := a.StartSignIn(t, b)
		edit(j)
		j.Finish()
	}
}

// trySignIn returns a case that signs in after a change of the provider.
func trySignIn(change func(*authtest.Provider)) func(*testing.T, *eventApp, *authtest.Browser) {
	return func(_ *testing.T, a *eventApp, b *authtest.Browser) {
		if change != nil {
			change(a.Provider)
		}
		a.TrySignIn(b)
	}
}
