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

// run runs the attack in the browser of someone who is signed in, after preparing the app:
// their session must stay as it is.
func (at attack) run(t *testing.T, prepare ...func(*handlerstest.App)) {
	t.Run(at.name, func(t *testing.T) {
		t.Parallel()
		a := handlerstest.Start(t)
		for _, f := range prepare {
			f(a)
		}
		b := authtest.NewBrowser(t)
		a.SignIn(t, b, authtest.Grace)
		before := a.Identity(b)
		at.set(a)
		assertRefused(t, a, a.TrySignIn(b), at.want)
		if got := a.Identity(b); got != before {
			t.Errorf("the browser's session afterwards: got\n%s\nwant, as before,\n%s", got, before)
		}
		a.Provider.Reset()
		a.AssertSignInWorks(t, b)
	})
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
