package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"latchkey/auth/authtest"
)

// focused is the text, the ID or the element name of the focused element.
const focused = `(e => e !== document.body && e.innerText?.trim() || e.id || e.tagName)(document.activeElement)`

// visiblyFocused reports whether the focus is visible.
const visiblyFocused = `((e, s) => e.matches(':focus-visible') && (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 || s.boxShadow !== 'none'))
	(document.activeElement, getComputedStyle(document.activeElement))`

// tabTo presses Tab until a control is focused. The focus must be visible at
// every step.
func (u *user) tabTo(name string) {
	u.tb.Helper()
	u.settled()
	var passed []string
	for range 20 {
		u.key(kb.Tab)
		var at string
		var visible bool
		if err := u.read(focused, &at); err != nil {
			u.tb.Fatal(err)
		}
		passed = append(passed, at)
		if at == "BODY" {
			continue // the browser's own controls come after the last one of the page
		}
		if err := u.read(visiblyFocused, &visible); err != nil || !visible {
			u.tb.Errorf("the focus on %q is not visible (%v)", at, err)
		}
		if at == name {
			return
		}
	}
	u.tb.Fatalf("Tab never reaches %q: got %q", name, passed)
}

// If a swap replaces the focused element, the new heading is focused, and read
// aloud.
func TestSwapMovesFocusToHeading(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Provider.EditDiscovery(withoutEndSession)
	p.start(t)
	b := openBrowser(t)
	b.openSignedIn(p, "/", authtest.Ada)
	b.tabTo("Sign Out")
	b.key(kb.Enter)
	b.sees("You're signed out of " + appName + ".")
	b.holds("the heading has the focus", `document.activeElement.id === 'account-heading'`)
	b.holds("the notice is in the live region", `document.querySelector('.live-region').innerText.includes("You're signed out of `+appName+`.")`)
	b.tabTo("Sign in")
}

// The profile works with the keyboard alone: naming the device, ending one
// session, confirming, ending all others, and signing out.
func TestProfileByKeyboard(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.signInByHTTP(p, authtest.Ada)
	for range 3 {
		p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	}
	b.open(p.URL + "/profile")

	b.tabTo("device")
	b.key("Ada's laptop" + kb.Enter)
	b.sees("Device renamed.")
	b.tabTo("Sign out")
	b.key(kb.Enter)
	b.sees("Confirm it's you")
	b.expectComplaint("status of 403")
	b.holds("the heading has the focus", `document.activeElement.id === 'dialog-heading'`)
	b.tabTo("Continue with Asgardeo")
	small := b.opens(func() { b.key(kb.Enter) })
	small.sees("Test provider")
	small.holds("the first field is focused", `document.activeElement.tagName === 'INPUT'`)
	small.key(authtest.Ada.Username + kb.Tab + authtest.Ada.Password + kb.Enter)
	b.sees("Signed out.")
	b.holds("the list has the focus", `document.activeElement.id === 'sessions-heading'`)
	b.tabTo("Sign out all other sessions")
	b.key(" ")
	b.sees("You're signed out everywhere else.")
	b.tabTo("Sign Out")
	b.key(kb.Enter)
	b.sees(signedOut)
}

// A dialog returns the focus to the button that opened it.
func TestDialogReturnsFocus(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.watches(p, 0) // before the cookie is deleted
	b.clearCookies()
	b.tabTo("Save")
	for _, leave := range []string{"Escape", "Not now"} {
		b.key(kb.Enter)
		b.sees("You've been signed out")
		b.holds("the focus is in the dialog", `document.getElementById('dialog').contains(document.activeElement)`)
		b.holds("the button works again", `!document.querySelector('main button:disabled')`)
		if leave == "Escape" {
			b.key(kb.Escape)
		} else {
			b.tabTo(leave)
			b.key(kb.Enter)
		}
		b.holds("after "+leave+" the button has the focus", `document.activeElement.innerText === 'Save'`)
	}
	b.expectComplaint("401")
}
