package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const kept = "the secret that was kept from last time"

func keep() (string, error) { return kept, nil }

// guide is the .env of Asgardeo's guide for Next.js.
var guide = []string{
	"AUTH_ASGARDEO_ID=id", "AUTH_ASGARDEO_SECRET=s", "AUTH_ASGARDEO_ISSUER=https://api.asgardeo.io/t/dev/oauth2/token",
	"AUTH_SECRET=a secret made by npx auth secret",
}

func TestPlan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		environ      []string
		listen       string
		authURL      string
		authSecret   string // added
		localRoutes  string // the app's, as the local provider knows them; empty: there is no local provider
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
			p, err := newSetup(test.environ, keep)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{p.listen, p.environment["AUTH_URL"], p.environment["AUTH_SECRET"], p.environment["SESSION_STORE"]}
			if diff := cmp.Diff([]string{test.listen, test.authURL, test.authSecret, test.sessionStore}, got); diff != "" {
				t.Errorf("the plan (-want +got):\n%s", diff)
			}
			if got, want := p.localProvider != nil, test.localRoutes != ""; got != want {
				t.Errorf("a local provider: got %t, want %t", got, want)
			}
			if want := test.localRoutes + "/callback/asgardeo"; p.localProvider != nil && !slices.Contains(p.localProvider, want) {
				t.Errorf("the local provider's arguments: got %q, want %s among them", p.localProvider, want)
			}
		})
	}
}

func TestPlanNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := newSetup([]string{"AUTH_GOOGLE_ID=id"}, keep)
	if err == nil || !strings.Contains(err.Error(), "AUTH_GOOGLE_SECRET") {
		t.Errorf("an id alone: got %v, want an error that names AUTH_GOOGLE_SECRET", err)
	}
}
