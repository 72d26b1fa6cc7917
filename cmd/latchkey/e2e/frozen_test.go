package e2e

import (
	"net/http"
	"slices"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"latchkey/auth/authtest"
)

// goBack goes back like the Back button, after the evaluation has returned.
// (The DevTools command never restores from the back/forward cache.)
func (t *tab) goBack() {
	t.tb.Helper()
	if _, err := evaluate[bool](t, `(setTimeout(() => history.back()), true)`); err != nil {
		t.tb.Fatal(err)
	}
}

// withoutNoStore is a fault that removes no-store from the pages, so that
// Chromium keeps them in the back/forward cache, as other browsers may do
// anyway.
func withoutNoStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(headerEditor{w, func(h http.Header) { h.Del("Cache-Control") }}, r)
	})
}

// markForCache marks a page, and records whether it is restored from the
// cache.
func (t *tab) markForCache() {
	t.tb.Helper()
	t.mark()
	t.holds("the page takes note", `(addEventListener('pageshow', event => window.restored = event.persisted), true)`)
}

const restored = `window.marked === true && window.restored === true`

// With no-store Chromium does not keep a page in its back/forward cache: going
// back loads it again.
func TestPagesStayOutOfBackForwardCache(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openFullBrowser(t)
	b.openSignedIn(p, "/", authtest.Ada)
	b.watches(p, 0)
	b.mark()
	b.open("data:text/html,<title>away</title>")
	b.goBack()
	b.isAt(p.URL + "/")
	b.sees(signedIn)
	reasons, err := evaluate[[]string](b, `performance.getEntriesByType('navigation')[0].notRestoredReasons.reasons.map(({ reason }) => reason)`)
	if err != nil || !slices.Contains(reasons, "response-cache-control-no-store") {
		t.Errorf("why the page was not cached: got %q, %v, want response-cache-control-no-store", reasons, err)
	}
	b.holds("the page was loaded again", `window.marked === undefined`)
}

// A page restored from the cache shows the current state.
func TestCachedPageIsRefreshed(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	between(withoutNoStore)
	b := openFullBrowser(t)
	for range 5 { // the browser may drop a page from its cache at any time
		if b.refreshesCachedPage(p) {
			return
		}
	}
	t.Error("the browser has restored no page from its cache")
}

func (t *tab) refreshesCachedPage(p *program) (restored bool) {
	t.tb.Helper()
	t.clearCookies()
	t.openSignedIn(p, "/profile", authtest.Ada)
	t.markForCache()
	t.fillIn("device", "half a na")
	before := t.streams(p)

	t.open("data:text/html,<title>away</title>")
	if !t.goBackToCache(p.URL + "/profile") {
		return false
	}
	t.holds("what was typed is there", `document.getElementById('device')?.value === "half a na"`)
	t.watches(p, before)

	t.open("data:text/html,<title>away</title>")
	if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
		t.tb.Fatal(err)
	}
	restored = t.goBackToCache(p.URL + "/profile")
	t.sees("Sign in to continue")
	t.expectComplaint("401")
	t.holds("nothing of the person is there", `!document.documentElement.innerHTML.includes('Ada')`)
	return restored
}

// goBackToCache goes back to a marked page, and reports whether it comes from the
// cache.
func (t *tab) goBackToCache(url string) bool {
	t.tb.Helper()
	t.goBack()
	t.isAt(url)
	t.holds("the page is restored or loaded", `window.restored || window.marked === undefined && document.readyState === 'complete'`)
	cached, err := evaluate[bool](t, restored)
	return err == nil && cached
}

// A refused form belongs to the sign-in that it was sent along with: the page
// that was left and is restored from the cache sends nothing.
func TestCachedPageSendsNothing(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	between(func(next http.Handler) http.Handler { return withoutNoStore(sandboxed(next)) })
	b := refusedNameIn(t, p, openFullBrowser(t))
	b.markForCache()
	b.signInInPlace()
	b.goBack()
	b.holds("the page comes from the cache", restored)
	b.sees("Sign in to continue")
	other := b.openWindow()
	other.openSignedIn(p, "/", authtest.Ada)
	b.sees("ada@example.com")
	b.holds("Ada has her words back, and is taken for nobody else", hasName+` && !document.body.innerText.includes("Someone else")`)
	b.tabTo("Save") // chromedp cannot click in a restored page
	b.key(kb.Enter)
	b.sees("Device renamed.")
	b.wantNamesSent(p, 2) // refused, and sent by hand
}
