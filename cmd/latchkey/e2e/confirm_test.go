package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// confirm confirms that Ada is present, for the button that she has pressed.
func (t *tab) confirm() {
	t.tb.Helper()
	t.sees("Confirm it's you")
	t.expectComplaint("status of 403")
	t.press("Continue with Asgardeo")
	t.logIn(authtest.Ada)
}

// withThreeSessions opens the profile of Ada, who is signed in in three
// browsers.
func withThreeSessions(t *testing.T, p *program, b *tab) {
	t.Helper()
	b.signInByHTTP(p, authtest.Ada)
	for range 2 {
		p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	}
	b.open(p.URL + "/profile")
	b.holds("three sessions are listed", `document.querySelectorAll('.session').length === 3`)
}

// A confirmed action is done once: neither a reload nor a page at the same
// address repeats it.
func TestConfirmedActionIsDoneOnce(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	withThreeSessions(t, p, b)
	b.press("Sign out")
	b.confirm()
	b.sees("Signed out.")
	b.holds("two sessions are left", `document.querySelectorAll('.session').length === 2`)
	b.press("Sign out all other sessions")
	b.sees("You're signed out everywhere else.")

	p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	b.open(p.URL)
	b.open(p.URL + "/profile#end-others")
	b.do("loading the page again", chromedp.Reload())
	b.sees("Sign out all other sessions")
	b.atRest()
	b.holds("nothing has been ended by itself", `document.querySelectorAll('.session').length === 2`)
}

// Without scripts the person returns to the button, and a notice reports each
// step.
func TestConfirmedActionWithoutScripts(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.withoutScripts()
	withThreeSessions(t, p, b)
	b.press("Sign out all other sessions")
	b.confirm()
	b.sees("Confirmed. You can now finish what you started.")
	b.isAt(p.URL + "/profile#end-others")
	b.press("Sign out all other sessions")
	b.sees("You're signed out everywhere else.")
	b.isAt(p.URL + "/profile#sessions")
	b.do("loading the page again", chromedp.Reload())
	b.holds("the notice is shown once", `!document.body.innerText.includes("everywhere else")`)
	b.fillIn("device", "Ada's laptop")
	b.press("Save")
	b.sees("Device renamed.")
}

// A confirmation canceled at the provider ends no session.
func TestCanceledConfirmationDoesNothing(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	withThreeSessions(t, p, b)
	b.press("Sign out all other sessions")
	b.sees("Confirm it's you")
	b.expectComplaint("status of 403")
	b.press("Continue with Asgardeo")
	b.sees("Test provider")
	b.press("Cancel")
	b.sees("Sign-in canceled.")
	b.holds("all sessions are there", `document.querySelectorAll('.session').length === 3`)
}
