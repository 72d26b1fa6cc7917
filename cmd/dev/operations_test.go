package main

import (
	"net/url"
	"os"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// The command of OPERATIONS.md serves a provider that an app of one's own can use.
func TestProviderCommandOfOperations(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../.github/OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, command, _ := strings.Cut(string(page), "run ./cmd/dev provider ")
	command, _, _ = strings.Cut(command, "\n")
	issuer, stop := startLocalProvider(t, strings.Fields(command)...)
	defer stop()
	const callback = "http://localhost:3000/api/auth/callback/asgardeo" // of the README's app
	target := strings.TrimSuffix(issuer, string(authtest.TokenEndpoint)) + string(authtest.AuthorizationEndpoint) + "?" + url.Values{
		"client_id": {"latchkey"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
		"code_challenge": {"abc"}, "code_challenge_method": {"S256"},
	}.Encode()
	if got := authtest.NewBrowser(t).SignIn(target, authtest.Ada); !strings.HasPrefix(got, callback+"?code=") {
		t.Errorf("sign-in: sent to %q, want %s with a code", got, callback)
	}
	if !strings.Contains(string(page), "client ID is `latchkey`, and the secret is `latchkey-client-secret`") {
		t.Error("OPERATIONS.md: want the client ID and secret that the command uses by default")
	}
}
