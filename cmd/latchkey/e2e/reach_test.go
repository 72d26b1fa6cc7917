package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

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

// On every page and dialog, Tab reaches every control visibly, and leaves the
// last one.
func TestTabKeyReachesEveryControl(t *testing.T) {
	t.Parallel()
	for name, tour := range tours {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := openBrowser(t)
			b.size(narrow) // a notice covers most of it
			tour(b, func(page string) {
				b.atRest()
				count, err := evaluate[int](b, controls+`.length`)
				if err != nil {
					t.Fatal(err)
				}
				met := map[int]bool{}
				for range count + 3 { // the page itself is focused in between
					b.key(kb.Tab)
					now, err := evaluate[struct {
						At            int
						HTML, Covered string
						Seen          bool
					}](b, reached)
					if err != nil {
						t.Fatal(err)
					}
					if now.At < 0 || met[now.At] {
						continue
					}
					met[now.At] = true
					if !now.Seen || now.Covered != "" {
						t.Errorf("%s: got the focus visible: %t, covered by %q, want it to be seen on %s", page, now.Seen, now.Covered, now.HTML)
					}
				}
				if len(met) != count {
					t.Errorf("%s: got %d controls by Tab, want %d", page, len(met), count)
				}
			})
		})
	}
}
