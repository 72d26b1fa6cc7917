package handlers_test

import (
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// At every level, the log contains neither names nor e-mail addresses.
func TestLogContainsNoPersonalData(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	for _, path := range []string{"/profile", "/?login_hint=ada@example.com", "/api/auth/callback/asgardeo?state=x&login_hint=ada@example.com", "/no-page/ada@example.com"} {
		b.Get(a.URL + path)
	}
	b.Post(a.URL+"/api/auth/signin/asgardeo", map[string][]string{"login_hint": {"ada@example.com"}})
	a.Provider.EditIDToken(func(_, claims map[string]any) { claims["aud"] = "another" }) // a sign-in that fails
	a.TrySignIn(b)
	b.Post(a.URL+"/api/auth/signout", nil)
	for line := range strings.Lines(a.Log.String()) {
		for _, personal := range []string{"ada@", "Ada", "Lovelace"} {
			if strings.Contains(line, personal) {
				t.Errorf("the log has %q:\n%s", personal, line)
			}
		}
	}
}
