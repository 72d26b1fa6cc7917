package handlers_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

// A provider that rotates refresh tokens has used up the old one as soon as it
// answers. Whatever else is wrong with the answer, at this moment or at all, the
// new one is kept, and the person stays signed in.
func TestRefreshKeepsTheNewRefreshToken(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]func(p *authtest.Provider){
		"the keys cannot be had": func(p *authtest.Provider) {
			p.RotateKeys()
			p.Handle(authtest.JWKSEndpoint, authtest.Status(503))
		},
		"the keys' connection is cut": func(p *authtest.Provider) {
			p.RotateKeys()
			p.Handle(authtest.JWKSEndpoint, dropped)
		},
		"the ID token is somebody else's": func(p *authtest.Provider) {
			p.EditIDToken(func(_, claims map[string]any) { claims["sub"] = authtest.Grace.Subject })
		},
		"the ID token is none": tokenDocument("id_token", "none"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := startWith(t, authtest.WithRotation()), authtest.NewBrowser(t)
			normally := expireAtOnce(a.Provider)
			a.signIn(t, b, authtest.Ada)
			normally()
			call := startAPI(t, a, 1).replicas[0].URL
			wrong(a.Provider)
			if page := b.Get(call); page.StatusCode == http.StatusOK {
				t.Error("the call that meets it: got 200, want an error")
			}
			a.Provider.Handle(authtest.JWKSEndpoint, nil)
			a.Provider.EditIDToken(nil)
			a.Provider.EditTokenResponse(nil)
			if page := b.Get(call); page.StatusCode != http.StatusOK {
				t.Errorf("the next call: got %d %q, want 200; log:\n%s", page.StatusCode, page.Text, a.Log)
			}
		})
	}
}

// What passes by itself costs nobody anything: the code, or the refresh token, is
// used up, so the rest is tried again.
func TestKeysThatAreUnavailableForAMoment(t *testing.T) {
	t.Parallel()
	a, b := startWith(t, authtest.WithRotation()), authtest.NewBrowser(t)
	normally := expireAtOnce(a.Provider)
	a.Provider.Handle(authtest.JWKSEndpoint, authtest.Times(2, authtest.Status(503)))
	a.signsIn(t, b)
	normally()
	a.Provider.RotateKeys()
	a.Provider.Handle(authtest.JWKSEndpoint, authtest.Times(2, authtest.Status(503)))
	if page := b.Get(startAPI(t, a, 1).replicas[0].URL); page.StatusCode != http.StatusOK {
		t.Errorf("the call: got %d %q, want 200; log:\n%s", page.StatusCode, page.Text, a.Log)
	}
}

// An optional member of an odd type costs that member (RFC 6749 section 5.1), at
// sign-in as at a refresh.
func TestOddMembersOfTheTokenAnswer(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*authtest.Provider){
		"scope is an array":         tokenDocument("scope", []any{"openid", "profile"}),
		"scope is a number":         tokenDocument("scope", 5),
		"expires_in is empty":       tokenDocument("expires_in", ""),
		"expires_in is a word":      tokenDocument("expires_in", "never"),
		"expires_in is a boolean":   tokenDocument("expires_in", true),
		"expires_in is null":        tokenDocument("expires_in", nil),
		"expires_in is an object":   tokenDocument("expires_in", map[string]any{}),
		"expires_in has a fraction": tokenDocument("expires_in", 3600.5),
		"expires_in is a string":    tokenDocument("expires_in", "3600.0"),
		"expires_in is huge":        tokenDocument("expires_in", 1e300),
		"token_type is in capitals": tokenDocument("token_type", "BEARER"),
		"token_type is missing":     tokenDocument("token_type", nil),
		"refresh_token is a number": tokenDocument("refresh_token", 7),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := startWith(t, authtest.WithRotation()), authtest.NewBrowser(t)
			edit(a.Provider)
			a.signsIn(t, b)
			expireAtOnce(a.Provider)
			a.signIn(t, b, authtest.Ada)
			edit(a.Provider)
			call := startAPI(t, a, 1).replicas[0].URL
			for range 2 {
				if page := b.Get(call); page.StatusCode != http.StatusOK {
					t.Errorf("the call: got %d %q, want 200; log:\n%s", page.StatusCode, page.Text, a.Log)
				}
			}
			if got := a.Provider.Requests(authtest.TokenEndpoint); got != 3 {
				t.Errorf("token requests: got %d, want 3: two sign-ins and one refresh", got)
			}
		})
	}
}

// tokenDocument sets a member of what the token endpoint answers.
func tokenDocument(name string, value any) func(*authtest.Provider) {
	return func(p *authtest.Provider) {
		p.EditTokenResponse(func(doc map[string]any) { doc[name] = value })
	}
}

// A refresh token that is rejected for another reason than invalid_grant is not
// sent again. The session stays, and the call says to sign in again.
func TestRefreshTokenThatIsRejected(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"invalid_request", "unsupported_grant_type", "invalid_scope", "unauthorized_client", "token_expired"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			a, b := start(t), authtest.NewBrowser(t)
			expireAtOnce(a.Provider)
			a.signIn(t, b, authtest.Ada)
			a.Provider.Handle(authtest.TokenEndpoint, authtest.OAuthError(code))
			before := a.Provider.Requests(authtest.TokenEndpoint)
			call := startAPI(t, a, 1).replicas[0].URL
			for range 3 {
				if page := b.Get(call); page.Text != string(auth.SessionEnded)+"\n" {
					t.Errorf("the call: got %q, want %s", page.Text, auth.SessionEnded)
				}
			}
			if got := a.Provider.Requests(authtest.TokenEndpoint) - before; got != 1 {
				t.Errorf("refreshes at the provider: got %d, want 1", got)
			}
			if !a.isSignedIn(b) {
				t.Error("signed out, want the session to stay")
			}
		})
	}
}

// An API may refuse an access token before its time, or one of which the provider
// did not say how long it lives: it is refreshed once, and the request sent again
// where its body can be had again.
func TestAPIRefusesTheAccessToken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		edit           func(*authtest.Provider)
		refusals       int64 // how many tokens in a row the API refuses
		status         int
		calls, refresh int // of the API and of the token endpoint
	}{
		{"early", nil, 1, 200, 2, 1},
		{"without expires_in", tokenDocument("expires_in", nil), 1, 200, 2, 1},
		{"every token", nil, 1 << 30, 401, 2, 1},
		{"no refresh token", tokenDocument("refresh_token", nil), 1, 401, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, b := start(t), authtest.NewBrowser(t)
			if c.edit != nil {
				c.edit(a.Provider)
			}
			a.signIn(t, b, authtest.Ada)
			var calls atomic.Int64
			a.Provider.Handle(authtest.UserinfoEndpoint, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if calls.Add(1) <= c.refusals {
						w.WriteHeader(http.StatusUnauthorized)
						return
					}
					next.ServeHTTP(w, r)
				})
			})
			before := a.Provider.Requests(authtest.TokenEndpoint)
			api := startAPI(t, a, 1).replicas[0].URL
			if page := b.Get(api); page.StatusCode != c.status {
				t.Errorf("the call: got %d %q, want %d", page.StatusCode, page.Text, c.status)
			}
			if got := int(calls.Load()); got != c.calls {
				t.Errorf("requests to the API: got %d, want %d", got, c.calls)
			}
			if got := a.Provider.Requests(authtest.TokenEndpoint) - before; got != c.refresh {
				t.Errorf("refreshes: got %d, want %d", got, c.refresh)
			}
			b.Get(api)
			if got := a.Provider.Requests(authtest.TokenEndpoint) - before; got != c.refresh {
				t.Errorf("refreshes after another call at once: got %d, want still %d", got, c.refresh)
			}
			if !a.isSignedIn(b) {
				t.Error("signed out, want the session to stay")
			}
		})
	}
}
