package main

import (
	"os"
	"strings"
	"testing"
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
	assertSignInWorks(t, issuer, "latchkey", callback)
	if !strings.Contains(string(page), "client ID is `latchkey`, and the secret is `latchkey-client-secret`") {
		t.Error("OPERATIONS.md: want the client ID and secret that the command uses by default")
	}
}
