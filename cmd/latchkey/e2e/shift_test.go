package e2e

// shift is a layout shift that was not caused by input: the browser attributes
// shifts within half a second of a click or key to the person.
type shift struct {
	Value float64
	Moved []string
}

// shifts lists the layout shifts since the page was loaded, or since ignoreShifts. It
// leaves out a small part of the page that grows while it is parsed: on a busy machine the
// parser yields, even between a button's tag and its text, and the browser paints that. A
// style sheet or an image that comes late moves twenty times as much.
const shifts = `(() => {
	const parsed = performance.getEntriesByType('navigation')[0].domInteractive
	const grows = entry => entry.value < 0.005 && entry.startTime <= parsed + 50
	const observer = new PerformanceObserver(() => {})
	observer.observe({ type: 'layout-shift', buffered: true })
	return observer.takeRecords().filter(entry => !entry.hadRecentInput && !grows(entry) && entry.startTime > (window.shiftsIgnored ?? -1)).map(({ value, sources }) => ({
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
