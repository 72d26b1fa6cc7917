package e2e

import "github.com/chromedp/chromedp/kb"

// controls are what Tab must reach: the controls of the open dialog, or else
// of the page.
const controls = `[...(document.querySelector('dialog[open]') ?? document).querySelectorAll('a[href], button, input:not([type=hidden]), summary')]
	.filter(control => control.checkVisibility())`

// reached describes the focused control: its outline is visible, and nothing
// covers it.
const reached = `(controls => {
	const control = document.activeElement, style = getComputedStyle(control), box = control.getBoundingClientRect()
	const over = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20))
	return {
		at: controls.indexOf(control), html: control.outerHTML.slice(0, 200),
		seen: control.matches(':focus-visible') && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
		covered: !control.contains(over) && !over?.contains(control) && over?.outerHTML.slice(0, 200) || '',
	}
})(` + controls + `)`

// wantTabReachesAll fails the test unless Tab reaches every control of the page
// visibly, and leaves the last one.
func (t *tab) wantTabReachesAll(page string) {
	t.tb.Helper()
	count, err := evaluate[int](t, controls+`.length`)
	if err != nil {
		t.tb.Fatal(err)
	}
	met := map[int]bool{}
	for range count + 3 { // the page itself is focused in between
		t.key(kb.Tab)
		now, err := evaluate[struct {
			At            int
			HTML, Covered string
			Seen          bool
		}](t, reached)
		if err != nil {
			t.tb.Fatal(err)
		}
		if now.At < 0 || met[now.At] {
			continue
		}
		met[now.At] = true
		if !now.Seen || now.Covered != "" {
			t.tb.Errorf("%s: got the focus visible: %t, covered by %q, want it to be seen on %s", page, now.Seen, now.Covered, now.HTML)
		}
	}
	if len(met) != count {
		t.tb.Errorf("%s: got %d controls by Tab, want %d", page, len(met), count)
	}
}
