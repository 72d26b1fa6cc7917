package e2e

import (
	"fmt"
	"testing"
	"time"
)

// shift is something that moved on a page without having been asked to: within
// half a second of a click or a key the browser takes it for the person's doing.
type shift struct {
	Value float64
	Moved []string
}

// shifts lists what has shifted since the page was loaded.
const shifts = `(() => {
	const observer = new PerformanceObserver(() => {})
	observer.observe({ type: 'layout-shift', buffered: true })
	return observer.takeRecords().filter(entry => !entry.hadRecentInput).map(({ value, sources }) => ({
		value,
		moved: sources.map(({ node, previousRect: from, currentRect: to }) =>
			(node?.outerHTML ?? node?.nodeName ?? 'something')?.slice(0, 80) + ' from ' + [from.x, from.y, from.width, from.height] + ' to ' + [to.x, to.y, to.width, to.height]),
	}))
})()`

// Nothing shifts on any page, neither when it is loaded nor when a part of it
// is swapped so late that nobody thinks of their click any more.
func TestNoLayoutShift(t *testing.T) {
	t.Parallel()
	for name, tour := range tours {
		for _, width := range []int64{wide, narrow} {
			t.Run(fmt.Sprint(name, " ", width), func(t *testing.T) {
				t.Parallel()
				b := openBrowser(t)
				b.size(width)
				b.latency(600 * time.Millisecond)
				tour(b, func(page string) {
					b.atRest()
					b.wantNoShift(page)
				})
			})
		}
	}
}

// wantNoShift fails the test where something has shifted since the page was loaded.
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
