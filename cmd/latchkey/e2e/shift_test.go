package e2e

import (
	"fmt"
	"testing"
	"time"
)

// shift is a layout shift that was not caused by input: the browser attributes
// shifts within half a second of a click or key to the person.
type shift struct {
	Value float64
	Moved []string
}

// shifts lists the layout shifts since the page was loaded.
const shifts = `(() => {
	const observer = new PerformanceObserver(() => {})
	observer.observe({ type: 'layout-shift', buffered: true })
	return observer.takeRecords().filter(entry => !entry.hadRecentInput).map(({ value, sources }) => ({
		value,
		moved: sources.map(({ node, previousRect: from, currentRect: to }) =>
			(node?.outerHTML ?? node?.nodeName ?? 'something')?.slice(0, 80) + ' from ' + [from.x, from.y, from.width, from.height] + ' to ' + [to.x, to.y, to.width, to.height]),
	}))
})()`

// No page shifts, neither while it loads nor at a swap that comes long after
// the click.
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

// wantNoShift fails the test if something has shifted since the page was
// loaded.
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
