package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"

	"latchkey/auth/authtest"
)

// A failed sign-in is read aloud and focused. No notice covers it, because the
// page already shows it.
func TestFailedSignInIsAnnounced(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Provider.Handle(authtest.DiscoveryEndpoint, authtest.Status(503))
	p.start(t)
	b := openBrowser(t)
	b.open(p.URL)
	b.press("Sign in")
	b.expectComplaint("status of 503")
	b.sees("We couldn't reach Asgardeo")
	eventually(t, "the failure is read aloud", func() bool { return b.readsAloud("We couldn't reach Asgardeo") })
	b.holds("the focus is on it", `document.activeElement.id === 'error-heading'`)
	b.holds("nothing covers the page", `!document.querySelector('.live-region .notice') && document.querySelector('.live-region').getBoundingClientRect().height <= 1`)
}

// Some browsers focus the first button of a dialog, so that the next key would
// press it. We focus the heading in all of them.
func TestDialogFocusesItsHeading(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `{ const show = HTMLDialogElement.prototype.showModal
			HTMLDialogElement.prototype.showModal = function () { show.call(this); this.querySelector('button').focus() } }`,
	})
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.fillIn("device", "half a na")
	b.clearCookies()
	b.press("Save")
	b.sees("You've been signed out")
	b.expectComplaint("401")
	b.holds("the heading has the focus", `document.activeElement.id === 'dialog-heading'`)
}

// A swap in a hidden tab has no view transition, and reports no error.
func TestSwapInHiddenTab(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openFullBrowser(t)
	b.open(p.URL)
	b.openTab()
	b.holds("the tab is hidden", `document.hidden`)
	if _, err := evaluate[bool](b, `(htmx.ajax('GET', '/', {target: '#main', swap: 'innerHTML transition:true'}).then(() => window.swapped = true), true)`); err != nil {
		t.Fatal(err)
	}
	b.holds("the page is swapped", `window.swapped === true`)
}

// After Sign Out the tab keeps nothing that was typed.
func TestSignOutForgetsTypedText(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.openSignedIn(p, "/", authtest.Ada)
	if _, err := evaluate[bool](b, `(sessionStorage.setItem('latchkey-drafts', '{"saved":{}}'), true)`); err != nil {
		t.Fatal(err)
	}
	b.press("Sign Out")
	b.sees(signedOut)
	b.holds("nothing is kept", `sessionStorage.length === 0`)
}

// Without the style sheet the page is still usable.
func TestPageWithoutStyleSheet(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.block(&network.BlockPattern{URLPattern: p.URL + "/api/auth/assets/*.css", Block: true})
	b.open(p.URL)
	b.expected = append(b.expected, "net::ERR_BLOCKED_BY_CLIENT")
	b.holds("the button is in the window", `document.querySelector('.provider button').getBoundingClientRect().bottom < innerHeight`)
	b.click(control("Sign in"))
	b.sees("Test provider")
}
