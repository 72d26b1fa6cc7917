package main

import (
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// Changing one's name at the provider: what is wrong is said beside the field,
// what was typed stays, and what is right is saved, all in the same page.
func TestNameForm(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["AUTH_ASGARDEO_SCOPES"] = "openid profile internal_login"
	p.start(t)
	b := openWindow(t)
	b.open(p.URL)
	b.signInAs(authtest.Ada)
	b.open(p.URL + "/profile")
	b.mark()
	b.do("emptying the fields", chromedp.Clear(chromedp.ID("given")), chromedp.Clear(chromedp.ID("family")))
	b.press("Save at Asgardeo")
	b.sees("Write at least one name.")
	b.expectComplaint("422")
	b.holds("the field is marked", `document.getElementById('given').getAttribute('aria-describedby') === 'given-trouble'`)

	p.Provider.Handle(authtest.SCIMEndpoint, authtest.Status(500))
	b.fillIn("given", "Augusta")
	b.press("Save at Asgardeo")
	b.sees("Whether your name has changed is not known")
	b.expectComplaint("502")
	b.holds("what was typed is still there", `document.getElementById('given').value === 'Augusta'`)

	p.Provider.Handle(authtest.SCIMEndpoint, nil)
	b.press("Save at Asgardeo")
	b.sees("Your name is saved at Asgardeo.")
	b.holds("the page was not loaded again", `window.marked === true`)
	b.open(p.URL + "/profile")
	b.holds("the provider has the name", `document.getElementById('given').value === 'Augusta'`)
}
