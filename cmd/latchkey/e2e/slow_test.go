package e2e

import (
	"fmt"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

// slowButton is a button that sends a request.
type slowButton struct {
	button string
	from   string     // the page it is on
	before func(*tab) // optional
	after  string     // the text that appears
}

// Every button shows that it waits, reports that the browser is offline, and
// then works.
func TestButtonsWhenSlowOrOffline(t *testing.T) {
	t.Parallel()
	tests := []slowButton{
		{button: "Sign Out", from: "/", after: "You're signed out of " + appName + "."},
		{button: "Sign Out", from: "/profile", after: "You're signed out of " + appName + "."},
		{button: "Save", from: "/profile", after: "Device renamed.", before: func(b *tab) { b.fillIn("device", "Ada's laptop") }},
		{button: "Sign out", from: "/profile", after: "Confirm it's you"},
		{button: "Sign out all other sessions", from: "/profile", after: "Confirm it's you"},
	}
	for _, test := range tests {
		t.Run(test.button+" at "+test.from, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t)
			p.Provider.EditDiscovery(withoutEndSession)
			p.Env["AUTH_ASGARDEO_SCOPES"] = "openid profile email internal_login"
			p.start(t)
			b := openBrowser(t)
			b.signInByHTTP(p, authtest.Ada)
			p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
			b.open(p.URL + test.from)
			b.mark()
			if test.before != nil {
				test.before(b)
			}
			b.sentOffline(test.button)
			b.sentSlowly(test.button, test.after)
			b.holds("the page was not loaded again", `window.marked === true`)
			b.expected = append(b.expected, "net::ERR", "status of 403")
		})
	}
}

// The Sign in button waits until the provider's page is there. Scripts cannot
// be evaluated meanwhile, so the page records it.
func TestSignInButtonWaits(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.open(p.URL)
	b.sentOffline("Sign in")
	_, err := evaluate[bool](b, `(addEventListener('pagehide', () => localStorage.setItem('waited', `+isWaiting("Sign in")+`)), true)`)
	if err != nil {
		t.Fatal(err)
	}
	b.press("Sign in")
	b.sees("Test provider")
	b.open(p.URL)
	b.holds("the button waited to the end", `localStorage.getItem('waited') === 'true'`)
}

// sentOffline presses a button without a network.
func (t *tab) sentOffline(button string) {
	t.tb.Helper()
	t.offline(true)
	t.press(button)
	t.sees("You're offline. Try again when you're connected.")
	t.expectComplaint("net::ERR_INTERNET_DISCONNECTED")
	t.expectComplaint("Failed to fetch")
	t.holds("the button works again", "!("+isWaiting(button)+")")
	t.offline(false)
}

// sentSlowly presses a button with a slow response. Nothing shifts.
func (t *tab) sentSlowly(button, after string) {
	t.tb.Helper()
	t.latency(2 * time.Second)
	t.press(button)
	t.holds("the button shows that it waits", isWaiting(button))
	t.sees(after)
	t.atRest()
	t.latency(0)
	t.wantNoShift(button)
}

// isWaiting is an expression: the button is disabled and its spinner turns.
func isWaiting(button string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('button')].some(b => b.innerText === %q && b.disabled &&
		getComputedStyle(b, '::after').animationName === 'latchkey-spin')`, button)
}
