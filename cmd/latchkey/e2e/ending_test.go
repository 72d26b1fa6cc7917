package e2e

import (
	"testing"

	"latchkey/auth/authtest"
)

const dialogOpen = `document.getElementById('dialog').open`

// A warning comes before the session ends for want of activity, and one answer
// serves all tabs.
func TestWarningBeforeTheSessionEnds(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["SESSION_IDLE"] = "32s" // which warns after 24 s
	p.start(t)
	b := openWindow(t)
	b.open(p.URL)
	b.signInAs(authtest.Ada)
	other := b.beside()
	other.open(p.URL + "/profile")
	other.mark()
	other.fillIn("device", "half a na")
	b.sees("Are you still there?")
	other.sees("Are you still there?")
	b.press("Stay signed in")
	b.holds("the warning is gone", "!"+dialogOpen)
	other.holds("the warning in the other tab is gone, and nothing else", "!"+dialogOpen+` && window.marked && document.getElementById('device').value === "half a na"`)
	other.sees("Are you still there?") // again, and nobody answers
	other.sees("Sign in to continue")  // so the session ends
	other.expectComplaint("401")
	other.holds("the warning is gone with it", "!"+dialogOpen)
	b.sees("Sign in to Latchkey")
}

// Where the session ends in any case, signing in again in a small window lets
// the person go on.
func TestWarningBeforeTheAbsoluteEnd(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["SESSION_MAX_AGE"] = "32s"
	p.start(t)
	b := openWindow(t)
	b.open(p.URL)
	b.signInAs(authtest.Ada)
	b.open(p.URL + "/profile")
	b.mark()
	b.fillIn("device", "half a na")
	b.sees("You'll be signed out soon")
	b.press("Sign in") // which the provider answers by itself
	b.holds("the page goes on as it was", "!"+dialogOpen+` && window.marked && document.getElementById('device').value === "half a na"`)
}
