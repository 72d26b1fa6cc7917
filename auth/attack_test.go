package auth_test

import (
	"net/http"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// attack is what a hostile provider does during a sign-in.
type attack struct {
	name string // its source: a specification's section, a certification module, a CVE
	set  func(a *handlerstest.App)
	want refusal
}

// refusal is the expected response to an attack.
type refusal struct {
	status int
	code   auth.Code
	cause  string // part of what the log says
}

// run runs the attack in a signed-out and in a signed-in browser. The functions
// prepare the app before either sign-in.
func (at attack) run(t *testing.T, prepare ...func(*handlerstest.App)) {
	for _, as := range []string{"signed out", "signed in"} {
		t.Run(at.name+", "+as, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			for _, f := range prepare {
				f(a)
			}
			b := authtest.NewBrowser(t)
			if as == "signed in" {
				a.SignIn(t, b, authtest.Grace)
			}
			assertSurvives(t, a, b, at)
		})
	}
}

// assertSurvives signs in during an attack, and asserts that the sign-in is
// refused, that the browser's session is unchanged, and that the next sign-in
// works.
func assertSurvives(tb testing.TB, a *handlerstest.App, b *authtest.Browser, at attack) {
	tb.Helper()
	before := a.Identity(b)
	at.set(a)
	assertRefused(tb, a, a.TrySignIn(b), at.want)
	if got := a.Identity(b); got != before {
		tb.Errorf("the browser's session afterwards: got\n%s\nwant, as before,\n%s", got, before)
	}
	a.Provider.Reset()
	a.AssertSignInWorks(tb, b)
}

// assertRefused is AssertRefused for a refusal in a table.
func assertRefused(tb testing.TB, a *handlerstest.App, page *authtest.Page, want refusal) {
	tb.Helper()
	a.AssertRefused(tb, page, want.status, want.code, want.cause)
}

// assertSignInWorksSoon is AssertSignInWorks for a provider whose failure is
// cached for a moment.
func assertSignInWorksSoon(tb testing.TB, a *handlerstest.App, b *authtest.Browser) {
	tb.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(100 * time.Millisecond) {
		if a.TrySignIn(b).StatusCode == http.StatusSeeOther {
			break
		}
	}
	a.AssertSignInWorks(tb, b)
}
