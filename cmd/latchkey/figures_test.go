package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// timed has the page take the time from the next click until a text is on the
// screen: in a frame after it came.
const timed = `(text => {
	let clicked
	addEventListener('click', event => clicked = event.timeStamp, { capture: true, once: true })
	window.took = undefined
	const observer = new MutationObserver(() => {
		if (!document.body.innerText.includes(text)) return
		observer.disconnect()
		requestAnimationFrame(() => setTimeout(() => window.took = performance.now() - clicked))
	})
	observer.observe(document.body, { childList: true, subtree: true, characterData: true })
	return true
})(%q)`

// painted is how long a page took from the start of its loading until it was on
// the screen.
const painted = `(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0)`

// A swap takes no more requests, and fewer bytes, than the page that a plain form
// would load in its place. What each takes is written to the log (-v).
func TestFigures(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Provider.EditDiscovery(withoutEndSession)
	p.Env["AUTH_ASGARDEO_SCOPES"] = "openid profile email internal_login"
	p.start(t)
	b := openWindow(t)
	b.open(p.URL)
	b.signInAs(authtest.Ada)
	p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	for _, swap := range []struct{ from, field, types, button, after string }{
		{"/profile", "device", "Ada's laptop", "Save the name", "The name is saved."},
		{"/profile", "family", "-King", "Save at Asgardeo", "Your name is saved"},
		{"/profile", "", "", "End", "That session has ended."},
		{"/profile", "", "", "Sign Out", "You are signed out here."},
	} {
		b.open(p.URL + swap.from)
		if swap.field != "" {
			b.fillIn(swap.field, swap.types)
		}
		b.holds("the page looks at its watch", fmt.Sprintf(timed, swap.after))
		before := len(b.visited())
		b.press(swap.button)
		b.holds("the swap is on the screen", `window.took > 0`)
		part := b.cost(before, `window.took`)
		before = len(b.visited())
		b.do("loading the page as it is now", chromedp.Reload())
		b.holds("the page is painted", painted+` > 0`)
		page := b.cost(before, painted)
		t.Logf("%-16s a swap: %s; the page, after the form: %s", swap.button, part, page)
		if part.requests > 1+page.requests || part.bytes >= page.bytes {
			t.Errorf("%s: got %s, want no more requests than a form and its page, and fewer bytes: %s", swap.button, part, page)
		}
	}
}

// cost is what something took of the network and of a person's time.
type cost struct {
	requests            int
	bytes, milliseconds float64
}

func (c cost) String() string {
	return fmt.Sprintf("%d requests, %.0f bytes, %.0f ms", c.requests, c.bytes, c.milliseconds)
}

// cost is of all requests since there were that many; those that the cache
// answered cost nothing, and a stream of events none that has an end.
func (t *tab) cost(since int, took string) (c cost) {
	t.tb.Helper()
	var err error
	if c.milliseconds, err = look[float64](t, took); err != nil {
		t.tb.Fatal(err)
	}
	all := t.visited()
	for i := since; i < len(all); i++ {
		if all[i].bytes == 0 {
			continue
		}
		c.requests++
		if all[i].id != all[i-1].id { // a redirect has the bytes of where it leads
			c.bytes += all[i].bytes
		}
	}
	return c
}
