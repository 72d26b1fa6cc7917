package e2e

import (
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/animation"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// With prefers-reduced-motion nothing moves at all; without it something does.
func TestReducedMotion(t *testing.T) {
	t.Parallel()
	for preference, want := range map[string]bool{"reduce": false, "no-preference": true} {
		t.Run(preference, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t)
			p.Provider.EditDiscovery(withoutEndSession)
			p.start(t)
			b := openBrowser(t)
			b.prefers("prefers-reduced-motion", preference)
			moved := b.motions()
			b.open(p.URL)
			b.signInAs(authtest.Ada)
			b.press("Your profile")
			b.fillIn("device", "Ada's laptop")
			b.press("Save")
			b.sees("Device renamed.")
			b.clearCookies()
			b.press("Save")
			b.sees("You've been signed out")
			b.expectComplaint("401")
			b.atRest()
			if got := moved.Load() > 0; got != want {
				t.Errorf("motion: got %d animations and transitions, want any: %t", moved.Load(), want)
			}
		})
	}
}

// motions counts the animations and transitions that start from now on.
func (t *tab) motions() *atomic.Int64 {
	t.tb.Helper()
	started := new(atomic.Int64)
	count := func(event any) {
		if _, ok := event.(*animation.EventAnimationStarted); ok {
			started.Add(1)
		}
	}
	if err := chromedp.Listen(t.ctx, count); err != nil {
		t.tb.Fatal(err)
	}
	call(t, animation.Enable, cdp.Empty{})
	return started
}
