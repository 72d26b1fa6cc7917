package e2e

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// timed measures the time from the next click until the first frame that shows
// a text.
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

// painted is the time from the start of the navigation to the first paint.
const painted = `(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0)`

// swap is an action that swaps a part of the page.
type swap struct {
	name, from string
	before     func(*tab) // optional
	after      string     // the text that appears
}

// A swap takes no more requests and fewer bytes than the page that a plain
// form loads. The log has the figures (-v).
func TestSwapCostsLessThanPage(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Provider.EditDiscovery(withoutEndSession)
	p.Env["AUTH_ASGARDEO_SCOPES"] = "openid profile email internal_login"
	p.start(t)
	b := openBrowser(t)
	b.signInByHTTP(p, authtest.Ada)
	p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	b.open(p.URL + "/profile")
	b.press("Sign out all other sessions")
	b.confirm()
	b.sees("You're signed out everywhere else.")
	for _, s := range []swap{
		{"Save", "/profile", func(b *tab) { b.fillIn("device", "Ada's laptop") }, "Device renamed."},
		{"Sign out", "/profile", nil, "Signed out."},
		{"Sign out all other sessions", "/profile", nil, "You're signed out everywhere else."},
		{"Sign Out", "/profile", nil, "You're signed out of " + appName + "."},
	} {
		p.signIn(t, authtest.NewBrowser(t), authtest.Ada) // on another device
		b.open(p.URL + s.from)
		if s.before != nil {
			s.before(b)
		}
		part, page := b.measure(s)
		t.Logf("%-16s a swap: %s; the page, after the form: %s", s.name, part, page)
		if part.requests > 1+page.requests || part.bytes >= page.bytes {
			t.Errorf("%s: got %s, want no more requests than a form and its page, and fewer bytes: %s", s.name, part, page)
		}
	}
}

// measure measures a swap, and then a reload of the page.
func (t *tab) measure(s swap) (part, page cost) {
	t.tb.Helper()
	t.holds("the page looks at its watch", fmt.Sprintf(timed, s.after))
	before := len(t.pageRequests())
	t.press(s.name)
	t.holds("the swap is on the screen", `window.took > 0`)
	part = t.cost(before, `window.took`)
	before = len(t.pageRequests())
	t.do("loading the page as it is now", chromedp.Reload())
	t.holds("the page is painted", painted+` > 0`)
	return part, t.cost(before, painted)
}

// Sign in leaves the page with htmx and with a plain form, and takes as many
// requests with either. (For a redirect the browser counts only the bytes of
// its target.)
func TestSignInCostsNoMoreThanForm(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.signInCost(p) // warms up caches and connections
	htmx := b.signInCost(p)
	b.block(&network.BlockPattern{URLPattern: p.URL + "/api/auth/assets/*.js", Block: true})
	plain := b.signInCost(p)
	if sent := b.requested("POST", p.URL+"/api/auth/signin/asgardeo"); sent[1].kind != network.ResourceTypeFetch || sent[2].kind != network.ResourceTypeDocument {
		t.Fatalf("Sign in: got it sent as %v, want it once by htmx, and then as a plain form", sent)
	}
	t.Logf("Sign in          with htmx: %s; a plain form: %s", htmx, plain)
	if htmx.requests > plain.requests {
		t.Errorf("Sign in: got %s, want no more requests than of a plain form: %s", htmx, plain)
	}
}

// signInCost is the cost from the click on Sign in to the provider's page. The
// time origins of both pages make their clocks comparable.
func (t *tab) signInCost(p *program) cost {
	t.tb.Helper()
	t.open(p.URL)
	t.holds("the page notes the click", `(addEventListener('click', e => localStorage.setItem('clicked', performance.timeOrigin + e.timeStamp), true), true)`)
	before := len(t.pageRequests())
	t.press("Sign in")
	t.sees("Test provider")
	t.holds("the page is painted", painted+` > 0`)
	c := t.cost(before, `performance.timeOrigin + `+painted)
	t.open(p.URL)
	clicked, err := evaluate[string](t, `localStorage.getItem('clicked')`)
	if err != nil {
		t.tb.Fatal(err)
	}
	at, err := strconv.ParseFloat(clicked, 64)
	if err != nil {
		t.tb.Fatal(err)
	}
	c.milliseconds -= at
	return c
}

// cost is what an action takes of the network and of time.
type cost struct {
	requests            int
	bytes, milliseconds float64
}

func (c cost) String() string {
	return fmt.Sprintf("%d requests, %.0f bytes, %.0f ms", c.requests, c.bytes, c.milliseconds)
}

// cost adds up the requests after the first n. Those from the cache cost
// nothing, nor does an open event stream.
func (t *tab) cost(since int, took string) (c cost) {
	t.tb.Helper()
	var err error
	if c.milliseconds, err = evaluate[float64](t, took); err != nil {
		t.tb.Fatal(err)
	}
	all := t.pageRequests()
	for i := since; i < len(all); i++ {
		if all[i].bytes == 0 {
			continue
		}
		c.requests++
		if all[i].id != all[i-1].id { // a redirect counts the bytes of its target
			c.bytes += all[i].bytes
		}
	}
	return c
}
