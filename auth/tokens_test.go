package auth_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// An error of the token endpoint does not change an existing session.
func TestTokenResponseRefused(t *testing.T) {
	t.Parallel()
	refuses := func(code string) func(*handlerstest.App) {
		return func(a *handlerstest.App) {
			a.Provider.Handle(authtest.TokenEndpoint, authtest.Answer(400, "application/json", `{"error":"`+code+`","error_description":"<b>evil</b>"}`))
		}
	}
	for _, at := range []attack{
		{"RFC 6749 5.2, invalid_grant", refuses("invalid_grant"), refusal{400, auth.ProviderRefused, "invalid_grant"}},
		{"RFC 6749 5.2, invalid_client", refuses("invalid_client"), refusal{502, auth.Misconfigured, "invalid_client"}},
		{"RFC 6749 5.2, unauthorized_client", refuses("unauthorized_client"), refusal{502, auth.Misconfigured, "unauthorized_client"}},
		{"RFC 6749 5.2, invalid_request", refuses("invalid_request"), fault("invalid_request")},
		{"RFC 6749 5.2, an unknown error", refuses("evil"), fault("evil")},
		{"RFC 6749 5.2, an error with 200", func(a *handlerstest.App) {
			a.Provider.Handle(authtest.TokenEndpoint, message(`{"error":"evil","error_description":"<b>evil</b>"}`))
		}, fault("evil")},
		{"RFC 6749 5.1, no access token", tokenResponse(func(doc map[string]any) { delete(doc, "access_token") }), fault("access_token")},
		{"Core 3.1.3.3, token_type mac", tokenResponse(func(doc map[string]any) { doc["token_type"] = "evil-mac" }), fault("token_type")},
		{"Core 3.1.3.8, another access token", tokenResponse(func(doc map[string]any) { doc["access_token"] = "evil-token" }), fault("at_hash")},
		{"RFC 9700 4.12, a redirect", func(a *handlerstest.App) { a.Provider.Handle(authtest.TokenEndpoint, handlerstest.RedirectLoop) }, fault("is a redirect")},
	} {
		at.run(t)
	}
}

// An optional member of a wrong type is ignored (RFC 6749 section 5.1), at sign-in
// and at a refresh.
func TestTokenResponseWithUnusualMembers(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*authtest.Provider){
		"scope is an array":           tokenDocument("scope", []any{"openid", "profile"}),
		"scope is a number":           tokenDocument("scope", 5),
		"expires_in is empty":         tokenDocument("expires_in", ""),
		"expires_in is not a number":  tokenDocument("expires_in", "never"),
		"expires_in is a boolean":     tokenDocument("expires_in", true),
		"expires_in is null":          tokenDocument("expires_in", nil),
		"expires_in is an object":     tokenDocument("expires_in", map[string]any{}),
		"expires_in has a fraction":   tokenDocument("expires_in", 3600.5),
		"expires_in is a string":      tokenDocument("expires_in", "3600.0"),
		"expires_in is huge":          tokenDocument("expires_in", 1e300),
		"token_type is in upper case": tokenDocument("token_type", "BEARER"),
		"token_type is missing":       tokenDocument("token_type", nil),
		"refresh_token is a number":   tokenDocument("refresh_token", 7),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.StartWith(t, authtest.WithRotation()), authtest.NewBrowser(t)
			edit(a.Provider)
			a.AssertSignInWorks(t, b)
			handlerstest.ExpireAccessTokens(a.Provider)
			a.SignIn(t, b, authtest.Ada)
			edit(a.Provider)
			call := handlerstest.StartAPI(t, a, 1).Replicas[0].URL
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

// tokenDocument sets a member of the token response.
func tokenDocument(name string, value any) func(*authtest.Provider) {
	return func(p *authtest.Provider) {
		p.EditTokenResponse(func(doc map[string]any) { doc[name] = value })
	}
}

// Without scope in the token response, the requested scopes are granted (RFC 6749
// section 5.1).
func TestTokenResponseScopes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(doc map[string]any)
		want []string
	}{
		{"no scope", func(doc map[string]any) { delete(doc, "scope") }, []string{"openid", "profile", "email"}},
		{"fewer than requested", func(doc map[string]any) { doc["scope"] = "openid email" }, []string{"openid", "email"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			b := authtest.NewBrowser(t)
			a.Provider.EditTokenResponse(c.edit)
			a.SignIn(t, b, authtest.Ada)
			a.InRequest(t, b, func(ctx context.Context) {
				session, err := auth.FromContext(ctx)
				if err != nil || session == nil {
					t.Errorf("signed in: got %v, %v, want Ada", session, err)
					return
				}
				if diff := cmp.Diff(c.want, session.Scopes); diff != "" {
					t.Errorf("granted scopes (-want +got):\n%s", diff)
				}
			})
		})
	}
}
