package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const kept = "the AUTH_SECRET of the last run of dev"

func keptSecret() (string, error) { return kept, nil }

// guide is the .env of Asgardeo's guide for Next.js.
var guide = []string{
	"AUTH_ASGARDEO_ID=id", "AUTH_ASGARDEO_SECRET=s", "AUTH_ASGARDEO_ISSUER=https://api.asgardeo.io/t/dev/oauth2/token",
	"AUTH_SECRET=a secret made by npx auth secret",
}

func TestSetupCompletesTheEnvironment(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		environ      []string
		listen       string
		authURL      string
		authSecret   string // empty if it is configured
		localRoutes  string // the auth routes that are registered with the local provider, if there is one
		sessionStore string
	}{
		{"nothing is set", nil, "localhost:3000", "http://localhost:3000", kept, "http://localhost:3000/api/auth", "sqlite:.dev/latchkey.db"},
		{"variables without a value", []string{"AUTH_ASGARDEO_ID=", "AUTH_SECRET="}, "localhost:3000", "http://localhost:3000", kept, "http://localhost:3000/api/auth", "sqlite:.dev/latchkey.db"},
		{"the guide's", guide, "localhost:3000", "http://localhost:3000", "", "", "sqlite:.dev/latchkey.db"},
		{"the guide's without secret", guide[:3], "localhost:3000", "http://localhost:3000", kept, "", "sqlite:.dev/latchkey.db"},
		{"another port", []string{"PORT=4000"}, "localhost:4000", "http://localhost:4000", kept, "http://localhost:4000/api/auth", "sqlite:.dev/latchkey.db"},
		{"a base path", []string{"AUTH_URL=http://localhost:3000/in/"}, "localhost:3000", "http://localhost:3000/in/", kept, "http://localhost:3000/in", "sqlite:.dev/latchkey.db"},
		{"another store", []string{"SESSION_STORE=memory:"}, "localhost:3000", "http://localhost:3000", kept, "http://localhost:3000/api/auth", "memory:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, err := newSetup(test.environ, keptSecret)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{s.listen, s.environment["AUTH_URL"], s.environment["AUTH_SECRET"], s.environment["SESSION_STORE"]}
			if diff := cmp.Diff([]string{test.listen, test.authURL, test.authSecret, test.sessionStore}, got); diff != "" {
				t.Errorf("the setup (-want +got):\n%s", diff)
			}
			var callbacks []string
			if s.localProvider != nil {
				callbacks = s.localProvider.client.RedirectURIs
			}
			var want []string
			if test.localRoutes != "" {
				want = []string{test.localRoutes + "/callback/asgardeo"}
			}
			if diff := cmp.Diff(want, callbacks); diff != "" {
				t.Errorf("the local provider's redirect URIs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSetupNamesTheMissingVariable(t *testing.T) {
	t.Parallel()
	_, err := newSetup([]string{"AUTH_GOOGLE_ID=id"}, keptSecret)
	if err == nil || !strings.Contains(err.Error(), "AUTH_GOOGLE_SECRET") {
		t.Errorf("an id alone: got %v, want an error that names AUTH_GOOGLE_SECRET", err)
	}
}
