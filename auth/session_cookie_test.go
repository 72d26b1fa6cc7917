package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

const sessionName = "latchkey.session"

// A sign-in creates a new session token, and ends the session of the old one
// (session fixation; ASVS 7.2.4).
func TestSessionFixationIsPrevented(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	attacker, victim := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, attacker, authtest.Grace)
	planted := a.Cookie(attacker, sessionName)
	a.SetCookie(victim, sessionName, planted)
	a.SignIn(t, victim, authtest.Ada)
	if got := a.Cookie(victim, sessionName); got == planted || got == "" {
		t.Errorf("the victim's session token: got %q, want a new one", got)
	}
	if got := a.Identity(attacker); !strings.HasPrefix(got, "null") {
		t.Errorf("the attacker's session with the planted token: got %s, want none", got)
	}
	a.SetCookie(victim, sessionName, strings.Repeat("A", 43))
	if got := a.Identity(victim); !strings.HasPrefix(got, "null") {
		t.Errorf("the session with an invented token: got %s, want none", got)
	}
	a.AssertSignInWorks(t, victim)
	if got := a.Cookie(victim, sessionName); got == strings.Repeat("A", 43) {
		t.Error("the planted token is the session's")
	}
}

// Foreign and damaged session cookies mean "signed out", never an error (RFC 6265bis
// section 8.6).
func TestSessionCookieInvalidMeansSignedOut(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	good := a.Cookie(b, sessionName)
	for name, cookies := range map[string]string{
		"a second cookie after ours":  sessionName + "=" + good + "; " + sessionName + "=evil",
		"a second cookie before ours": sessionName + "=evil; " + sessionName + "=" + good,
		"duplicate":                   sessionName + "=" + good + "; " + sessionName + "=" + good,
		"truncated":                   sessionName + "=" + good[:42],
		"longer":                      sessionName + "=" + good + "A",
		"a changed letter":            sessionName + "=" + handlerstest.ChangeFirstLetter(good),
		"empty":                       sessionName + "=",
		"without a value":             sessionName,
		"in quotes":                   sessionName + `="evil"`,
		"not ASCII":                   sessionName + "=\xff\xfe\x80",
		"8 KB":                        sessionName + "=" + strings.Repeat("evil", 2<<10),
		"under another name":          "latchkey.notice=" + good + "; latchkey.signin.A=" + good + "; latchkey.signout.A=" + good,
		"with the prefix __Host-":     "__Host-" + sessionName + "=" + good,
		"a path (CWE-22)":             sessionName + "=../../../../etc/passwd",
		"SQL (CWE-89)":                sessionName + "=%27%20OR%20%271%27=%271",
		"1,000 cookies of other apps": strings.Repeat("evil=evil; ", 1000),
		"only separators":             strings.Repeat(";=", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for path, want := range map[string]int{"/": 200, "/profile": 401, "/api/auth/session": 200} {
				req, err := http.NewRequest(http.MethodGet, a.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Cookie", cookies)
				page := authtest.NewBrowser(t).Send(req)
				a.AssertNoAttackerText(t, page)
				if page.StatusCode != want || strings.Contains(page.Text, "Ada") {
					t.Errorf("%s: got status %d, want %d and signed out:\n%s", path, page.StatusCode, want, page.Text)
				}
			}
		})
	}
}

// A provider's ID may be configured with another issuer later. Sessions from the old
// issuer are not used, and the new issuer gets none of their tokens.
func TestSessionOfFormerIssuerIsNotUsed(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	other := authtest.Start(t)
	other.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"}})
	issuer := func(p *authtest.Provider) func(*auth.Config, *handlers.Config) {
		return func(c *auth.Config, _ *handlers.Config) { c.Providers[0].Issuer = p.Issuer() }
	}
	a.Restart(t, issuer(other))
	a.AssertSignedOut(t, b)
	a.Restart(t, issuer(a.Provider))
	if !a.IsSignedIn(b) {
		t.Error("with the old issuer again: signed out, want signed in as before")
	}
	a.Restart(t, issuer(other))
	a.SignIn(t, b, authtest.Ada) // replaces the previous session
	b.Post(a.URL+"/api/auth/signout", nil)
	handlerstest.Eventually(t, "the new session's refresh token is revoked", func() bool { return len(other.Revoked()) > 0 })
	a.Auth.Close()
	if got := other.Requests(authtest.RevocationEndpoint); got != 1 {
		t.Errorf("got %d revocations at the new issuer, want only its own token", got)
	}
}

// Sessions at a provider that is no longer configured are not used until it is
// configured again.
func TestSessionOfRemovedProviderIsNotUsed(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.AddProvider(t)
	both := a.AuthConfig.Providers
	a.RequireSignIn(t, b, "other", authtest.Ada)
	a.Restart(t, func(c *auth.Config, _ *handlers.Config) { c.Providers = both[:1] })
	a.AssertSignedOut(t, b)
	a.Restart(t, func(c *auth.Config, _ *handlers.Config) { c.Providers = both })
	if !a.IsSignedIn(b) {
		t.Error("with the provider back: signed out, want signed in as before")
	}
}
