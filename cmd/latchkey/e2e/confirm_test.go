package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// confirm confirms that Ada is present, for the button that she has pressed.
func (t *tab) confirm() {
	t.tb.Helper()
	t.toConfirm().logIn(authtest.Ada)
}

// toConfirm returns the window that a confirmation opens.
func (t *tab) toConfirm() *tab {
	t.tb.Helper()
	t.sees("Confirm it's you")
	t.expectComplaint("status of 403")
	return t.opens(func() { t.press("Continue with Asgardeo") })
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

// A confirmed action is done once: a reload does not repeat it.
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
	b.open(p.URL + "/profile")
	b.do("loading the page again", chromedp.Reload())
	b.sees("Sign out all other sessions")
	b.atRest()
	b.holds("nothing has been ended by itself", `document.querySelectorAll('.session').length === 2`)
}

// Without scripts the form comes back, to send it after the confirmation.
func TestConfirmedActionWithoutScripts(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.withoutScripts()
	withThreeSessions(t, p, b)
	b.press("Sign out all other sessions")
	beside := b.toConfirm()
	beside.withoutScripts() // a script would close it
	beside.logIn(authtest.Ada)
	beside.sees("Confirmed. You can now finish what you started.")
	b.press("Send again")
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
	small := b.toConfirm()
	small.sees("Test provider")
	small.press("Cancel")
	b.sees("Confirm it's you")
	b.holds("all sessions are there", `document.querySelectorAll('.session').length === 3`)
}
