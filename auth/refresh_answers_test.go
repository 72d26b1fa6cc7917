package auth_test

import (
	"net/http"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// With rotation, the old refresh token is used up when the provider responds. The
// new one is kept even if the rest of the response is invalid, and the session
// stays.
func TestRefreshKeepsRotatedRefreshToken(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]func(p *authtest.Provider){
		"the keys are unavailable": func(p *authtest.Provider) {
			p.RotateKeys()
			p.Handle(authtest.JWKSEndpoint, authtest.Status(503))
		},
		"the keys' connection is closed": func(p *authtest.Provider) {
			p.RotateKeys()
			p.Handle(authtest.JWKSEndpoint, handlerstest.DropConnection)
		},
		"the ID token is another person's": func(p *authtest.Provider) {
			p.EditIDToken(func(_, claims map[string]any) { claims["sub"] = authtest.Grace.Subject })
		},
		"the ID token is not a JWT": tokenDocument("id_token", "none"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.StartWith(t, authtest.WithRotation()), authtest.NewBrowser(t)
			signInExpired(t, a, b)
			call := handlerstest.StartAPI(t, a, 1).Replicas[0].URL
			wrong(a.Provider)
			if page := b.Get(call); page.StatusCode == http.StatusOK {
				t.Error("the first call: got 200, want an error")
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

// A refresh token that is rejected with another error than invalid_grant is not sent
// again. The session stays, and the call fails with SessionEnded.
func TestRefreshTokenRejected(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"invalid_request", "unsupported_grant_type", "invalid_scope", "unauthorized_client", "token_expired"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.Start(t), authtest.NewBrowser(t)
			handlerstest.ExpireAccessTokens(a.Provider)
			a.SignIn(t, b, authtest.Ada)
			a.Provider.Handle(authtest.TokenEndpoint, authtest.OAuthError(code))
			before := a.Provider.Requests(authtest.TokenEndpoint)
			call := handlerstest.StartAPI(t, a, 1).Replicas[0].URL
			for range 3 {
				if page := b.Get(call); page.Text != string(auth.SessionEnded)+"\n" {
					t.Errorf("the call: got %q, want %s", page.Text, auth.SessionEnded)
				}
			}
			if got := a.Provider.Requests(authtest.TokenEndpoint) - before; got != 1 {
				t.Errorf("refreshes at the provider: got %d, want 1", got)
			}
			if !a.IsSignedIn(b) {
				t.Error("signed out, want the session to stay")
			}
		})
	}
}
