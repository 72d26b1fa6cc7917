package e2e

import (
	"slices"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"latchkey/auth/authtest"
)

// clearCookies deletes all cookies. The page still looks signed in, and the
// provider asks for the password again.
func (t *tab) clearCookies() {
	t.tb.Helper()
	if _, err := chromedp.Call(t.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.tb.Fatal(err)
	}
}

// opens runs an action that opens a window, and returns that window.
func (t *tab) opens(do func()) *tab {
	t.tb.Helper()
	all, err := chromedp.Targets(t.ctx)
	if err != nil {
		t.tb.Fatal(err)
	}
	own := chromedp.FromContext(t.ctx).Target.TargetID
	window := all[slices.IndexFunc(all, func(i *target.Info) bool { return i.TargetID == own })].BrowserContextID
	opened := chromedp.WaitNewTarget(t.ctx, func(i *target.Info) bool { return i.BrowserContextID == window })
	do()
	return newTab(t.tb, t.ctx, chromedp.WithTargetID(<-opened))
}

// refusedName opens the profile of Ada, loses the session, and sends a device
// name, which the server refuses.
func refusedName(t *testing.T, p *program) *tab {
	t.Helper()
	return refusedNameIn(t, p, openBrowser(t))
}

func refusedNameIn(t *testing.T, p *program, b *tab) *tab {
	t.Helper()
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.mark()
	b.fillIn("device", "Ada's laptop")
	b.clearCookies()
	b.press("Save")
	b.sees("You've been signed out")
	b.expectComplaint("401")
	b.sees("About you") // the page stays behind the dialog
	return b
}

func TestRefusedFormIsSentAfterSignIn(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := refusedName(t, p)
	small := b.opens(func() { b.press("Sign in") })
	small.logIn(authtest.Ada)
	b.sees("Device renamed.")
	b.holds("the dialog is closed", `!document.getElementById('dialog').open`)
	b.holds("the form has the name", `document.getElementById('device').value === "Ada's laptop"`)
	b.holds("the page was not loaded again", `window.marked === true`)
	if got := len(b.requested("POST", p.URL+"/api/auth/sessions/device")); got != 2 {
		t.Errorf("the name was sent %d times, want 2: refused, and sent again", got)
	}
	eventually(t, "the small window closes itself", func() bool {
		_, err := evaluate[bool](small, "true")
		return err != nil
	})
}

func TestRefusedFormIsNotSentForAnotherPerson(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := refusedName(t, p)
	small := b.opens(func() { b.press("Sign in") })
	small.logIn(authtest.Grace)
	b.sees("Someone else signed in, so nothing was sent.")
	b.sees("grace@example.com")
	b.holds("the form is Grace's, without Ada's words", `document.getElementById('device').value === ""`)
	if got := len(b.requested("POST", p.URL+"/api/auth/sessions/device")); got != 1 {
		t.Errorf("the name was sent %d times, want once: it was refused", got)
	}
}

func TestClosedDialogDropsRefusedForm(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := refusedName(t, p)
	b.press("Not now")
	b.holds("what was typed is still there", `!document.getElementById('dialog').open && document.getElementById('device').value === "Ada's laptop"`)
	b.press("Save")
	b.sees("You've been signed out")
	b.expectComplaint("401")
	b.key(kb.Escape)
	b.holds("Escape closes the dialog too", `!document.getElementById('dialog').open`)
}

// Without JavaScript the response contains the form with what was sent, and
// Sign in opens another window.
func TestRefusedFormIsReturnedWithoutScripts(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.withoutScripts()
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.fillIn("device", "Ada's laptop")
	b.clearCookies()
	b.press("Save")
	b.sees("You've been signed out")
	b.expectComplaint("401")
	beside := b.opens(func() { b.press("Sign in") })
	beside.withoutScripts() // a script would close it
	beside.logIn(authtest.Ada)
	beside.sees("You're signed in")
	b.press("Send again")
	b.isAt(p.URL + "/profile#sessions")
	b.holds("the device has its name", `document.getElementById('device').value === "Ada's laptop"`)
}

// signedOutInAnotherTab returns a tab in which Ada has signed out, and one in
// which she had typed before that.
func signedOutInAnotherTab(t *testing.T, p *program, typed string) (acting, b *tab) {
	t.Helper()
	acting = openBrowser(t)
	acting.openSignedIn(p, "/", authtest.Ada)
	b = acting.openWindow()
	b.open(p.URL + "/profile")
	b.fillIn("device", typed)
	b.watches(p, 0)
	acting.press("Sign Out")
	acting.sees(signedOut)
	b.sees("what you typed will still be here")
	b.expectComplaint("401")
	return acting, b
}

// Typed text survives a swap for the same person, and is not shown to others.
func TestTypedTextSurvivesSwap(t *testing.T) {
	t.Parallel()
	p := started(t)
	acting, b := signedOutInAnotherTab(t, p, "half a na")

	acting.signInAs(authtest.Grace)
	b.sees("grace@example.com")
	b.holds("Grace sees none of it", `document.getElementById('device').value === ""`)
	acting.press("Sign Out")
	acting.sees(signedOut)
	b.sees("Sign in to continue")
	b.expectComplaint("401")

	small := b.opens(func() { b.press("Sign in") })
	small.logIn(authtest.Ada)
	b.sees("ada@example.com")
	b.holds("Ada has her words back", `document.getElementById('device').value === "half a na"`)
	acting.sees(signedIn)
}

// Ending a session on another device refreshes the page there.
func TestEndingAnotherSessionRefreshesItsPage(t *testing.T) {
	t.Parallel()
	p := started(t)
	phone := openBrowser(t)
	laptop := newTab(t, headlessShell.running(t), chromedp.WithNewBrowserContext())
	phone.openSignedIn(p, "/", authtest.Ada)
	phone.watches(p, 0)
	laptop.openSignedIn(p, "/profile", authtest.Ada)
	laptop.press("Sign out")
	laptop.confirm()
	laptop.sees("Signed out.")
	laptop.holds("one session is left", `document.querySelectorAll('.session').length === 1`)
	phone.sees("Sign in to " + appName)
}
