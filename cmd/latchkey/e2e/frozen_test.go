package e2e

import (
	"net/http"
	"slices"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"latchkey/auth/authtest"
)

// goBack goes back as the Back button does, once this has been answered. (What
// the protocol's own command goes back to is never a frozen page.)
func (t *tab) goBack() {
	t.tb.Helper()
	if _, err := evaluate[bool](t, `(setTimeout(() => history.back()), true)`); err != nil {
		t.tb.Fatal(err)
	}
}

// withoutNoStore is a fault that takes no-store from our pages. Chromium then freezes
// them when they are left, as other browsers may do in any case.
func withoutNoStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(headerEditor{w, func(h http.Header) { h.Del("Cache-Control") }}, r)
	})
}

// markForCache marks a page that is about to be frozen.
func (t *tab) markForCache() {
	t.tb.Helper()
	t.mark()
	t.holds("the page takes note", `(addEventListener('pageshow', event => window.thawed = event.persisted), true)`)
}

const restored = `window.marked === true && window.thawed === true`

// Our pages are not to be stored, and so Chromium never freezes one of someone
// signed in: going back loads it anew.
func TestPagesStayOutOfBackForwardCache(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.open(p.URL)
	b.signInAs(authtest.Ada)
	b.watches(p, 0)
	b.mark()
	b.open("data:text/html,<title>away</title>")
	b.goBack()
	b.isAt(p.URL + "/")
	b.sees(signedIn)
	reasons, err := evaluate[[]string](b, `performance.getEntriesByType('navigation')[0].notRestoredReasons.reasons.map(({ reason }) => reason)`)
	if err != nil || !slices.Contains(reasons, "response-cache-control-no-store") {
		t.Errorf("why the page was not frozen: got %q, %v, want response-cache-control-no-store", reasons, err)
	}
	b.holds("the page is another", `window.marked === undefined`)
}

// A page that was frozen all the same shows what has become of it since.
func TestCachedPageIsRefreshed(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	between(withoutNoStore)
	b := openBrowser(t)
	b.open(p.URL)
	b.signInAs(authtest.Ada)
	b.open(p.URL + "/profile")
	b.markForCache()
	b.fillIn("device", "half a na")
	before := b.streams(p)

	b.open("data:text/html,<title>away</title>")
	b.goBack()
	b.holds("the page was frozen", restored)
	b.holds("what was typed is there", `document.getElementById('device')?.value === "half a na"`)
	b.watches(p, before)

	b.open("data:text/html,<title>away</title>")
	if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
		t.Fatal(err)
	}
	b.goBack()
	b.sees("Sign in to continue")
	b.expectComplaint("401")
	b.holds("the page was frozen", restored)
	b.holds("nothing of the person is there", `!document.documentElement.innerHTML.includes('Ada')`)
}

// A refused form that has gone along through a sign-in stays with it: the page
// that was left, frozen in the middle of it, sends nothing when it comes back.
func TestCachedPageSendsNothing(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	between(func(next http.Handler) http.Handler { return withoutNoStore(sandboxed(next)) })
	b := refusedName(t, p)
	b.markForCache()
	b.signInInPlace()
	b.goBack()
	b.holds("the page was frozen", restored)
	b.sees("Sign in to continue")
	other := b.openWindow()
	other.open(p.URL)
	other.signInAs(authtest.Ada)
	b.sees("ada@example.com")
	b.holds("Ada has her words back, and is taken for nobody else", hasName+` && !document.body.innerText.includes("Someone else")`)
	b.tabTo("Save") // in such a page chromedp finds nothing to click on
	b.key(kb.Enter)
	b.sees("Device renamed.")
	b.wantNamesSent(p, 2) // refused, and now by hand
}
