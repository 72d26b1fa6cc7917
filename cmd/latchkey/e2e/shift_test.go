package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

// shift is a layout shift that was not caused by input: the browser attributes
// shifts within half a second of a click or key to the person.
type shift struct {
	Value float64
	Moved []string
}

// shifts lists the layout shifts since the page was loaded, or since ignoreShifts.
const shifts = `(() => {
	const observer = new PerformanceObserver(() => {})
	observer.observe({ type: 'layout-shift', buffered: true })
	return observer.takeRecords().filter(entry => !entry.hadRecentInput && entry.startTime > (window.shiftsIgnored ?? -1)).map(({ value, sources }) => ({
		value,
		moved: sources.map(({ node, previousRect: from, currentRect: to }) =>
			(node?.outerHTML ?? node?.nodeName ?? 'something')?.slice(0, 80) + ' from ' + [from.x, from.y, from.width, from.height] + ' to ' + [to.x, to.y, to.width, to.height]),
	}))
})()`

// wantNoShift fails the test if something has shifted.
func (t *tab) wantNoShift(what string) {
	t.tb.Helper()
	found, err := evaluate[[]shift](t, shifts)
	if err != nil {
		t.tb.Fatal(err)
	}
	for _, s := range found {
		t.tb.Errorf("%s: got a shift of %g, want none: %q", what, s.Value, s.Moved)
	}
}

// ignoreShifts ignores the shifts so far, which the test itself has caused.
func (t *tab) ignoreShifts() {
	t.tb.Helper()
	if _, err := evaluate[float64](t, `window.shiftsIgnored = performance.now()`); err != nil {
		t.tb.Fatal(err)
	}
}

// The browser paints while it parses, so a page that comes in parts must not be painted
// before its content is complete: the content is centered, and would move.
func TestPageInPartsDoesNotShift(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	b := openBrowser(t)
	b.signInByHTTP(p, authtest.Ada)
	between(inParts)
	for _, path := range []string{"/", "/profile", "/no-such-page"} {
		b.open(p.URL + path)
		b.atRest()
		b.wantNoShift(path)
	}
	b.expectComplaint("status of 404")
}

// inParts sends each page in parts of 256 bytes, with 20 ms between them.
func inParts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		next.ServeHTTP(slowWriter{w}, r)
	})
}

type slowWriter struct{ http.ResponseWriter }

func (w slowWriter) Write(page []byte) (int, error) {
	for part := range slices.Chunk(page, 256) {
		time.Sleep(20 * time.Millisecond)
		if _, err := w.ResponseWriter.Write(part); err != nil {
			return 0, err
		}
		http.NewResponseController(w.ResponseWriter).Flush()
	}
	return len(page), nil
}

func (w slowWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
