package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"latchkey/auth/authtest"
)

// seesNotice waits until a notice is visible, uncovered, and read aloud, which only
// Chromium tells.
func (u *user) seesNotice(text string) {
	u.tb.Helper()
	u.sees(text)
	u.holds("nothing is over the notice, nor a dialog with its backdrop", `(notice => {
		const { x, y, width, height } = notice.getBoundingClientRect()
		return notice.contains(document.elementFromPoint(x + width / 2, y + height / 2)) && (document.querySelector('dialog[open]') ?? document).contains(notice)
	})(document.querySelector('.live-region .notice'))`)
	if t, ok := u.driver.(*tab); ok {
		eventually(t.tb, "the notice is read aloud: "+text, func() bool { return t.readsAloud(text) })
	}
}

// readsAloud reports whether a text is in a live region that a screen reader
// reaches.
func (t *tab) readsAloud(text string) bool {
	t.tb.Helper()
	nodes := map[accessibility.NodeID]*accessibility.Node{}
	var found []*accessibility.Node
	for _, n := range call(t, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		nodes[n.NodeID] = n
		if !n.Ignored && n.Name != nil && strings.Contains(string(n.Name.Value), text) {
			found = append(found, n)
		}
	}
	for _, text := range found {
		for n := text; n != nil; n = nodes[n.ParentID] {
			if n.Role != nil && string(n.Role.Value) == `"status"` {
				return true
			}
		}
	}
	return false
}

// halfTyped opens the profile of someone who is signed in and types half a name.
func halfTyped(b *tab, p *program) *tab {
	b.tb.Helper()
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.mark()
	b.fillIn("device", "half a na")
	return b
}

const unchanged = `window.marked === true && document.getElementById('device').value === "half a na"`

// If Stay signed in fails, a notice over the dialog says why; then the same
// button works, even slowly.
func TestStaySignedInWhenSlowOrOffline(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	b := halfTyped(openBrowser(t), p)
	b.nearExpiry(between, 4*time.Minute)
	b.sentOffline("Stay signed in")
	b.seesNotice("You're offline.")
	between(authtest.Status(http.StatusBadGateway))
	b.press("Stay signed in")
	b.seesNotice("We couldn't reach " + appName + ".")
	b.expectComplaint("status of 502")
	between(nil)
	b.holds("the button works again", "!("+isWaiting("Stay signed in")+")")
	b.latency(time.Second)
	b.press("Stay signed in")
	b.holds("the button shows that it waits", isWaiting("Stay signed in"))
	b.holds("the warning is gone, and nothing else", "!"+dialogOpen+"&&"+unchanged)
	b.latency(0)
	b.expected = append(b.expected, "net::ERR")
}

// A closed warning does not come back when the tab is shown again.
func TestClosedWarningStaysClosed(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	b := halfTyped(openFullBrowser(t), p)
	b.nearExpiry(between, 4*time.Minute)
	b.key(kb.Escape)
	b.holds("the warning is gone", "!"+dialogOpen)
	asked := func() (answered int) {
		for _, r := range b.requested("GET", p.URL+"/api/auth/session") {
			if r.finished {
				answered++
			}
		}
		return answered
	}
	before := asked()
	b.openTab()
	b.holds("the tab is hidden", `document.hidden`)
	b.show()
	eventually(t, "the tab has requested the session", func() bool { return asked() > before })
	b.mark()
	b.fillIn("device", "me") // no dialog covers it
	b.holds("the person goes on typing", "!"+dialogOpen+` && document.getElementById('device').value === "half a name"`)
}

// Stay signed in after the session has ended leads to a sign-in, and then
// nothing more has to be pressed. Sign Out in the dialog shows its notice.
func TestStaySignedInAfterExpiry(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	p.Provider.EditDiscovery(withoutEndSession)
	p.restart(t)
	b := halfTyped(openBrowser(t), p)
	b.nearExpiry(between, 4*time.Minute)
	b.clearCookies()
	b.press("Stay signed in")
	b.sees("You've been signed out")
	b.expectComplaint("401")
	b.holds("the focus is in the dialog", `document.getElementById('dialog').contains(document.activeElement)`)
	small := b.opens(func() { b.press("Sign in") })
	small.logIn(authtest.Ada)
	b.holds("the page goes on as it was, and says nothing", "!"+dialogOpen+"&&"+unchanged+`&& !document.querySelector('.live-region').innerText`)

	b.nearExpiry(between, 4*time.Minute+30*time.Second) // the new session ends later
	b.do("signing out in the dialog", chromedp.Click(chromedp.Search(`//dialog//button[.="Sign Out"]`), chromedp.NodeVisible))
	b.seesNotice("You're signed out of " + appName + ".")
}
