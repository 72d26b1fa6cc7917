package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPhotos saves a screenshot of every page and dialog, wide and narrow,
// light and dark, in the folder LATCHKEY_PHOTOS.
func TestPhotos(t *testing.T) {
	folder := os.Getenv("LATCHKEY_PHOTOS")
	if folder == "" {
		t.Skip("LATCHKEY_PHOTOS is not set")
	}
	for name, tour := range tours {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := openBrowser(t)
			tour(b, func(page string) {
				for name, width := range map[string]int64{"narrow": narrow, "wide": wide} {
					b.size(width)
					b.inLightAndDark(func(scheme string) { b.photo(filepath.Join(folder, page+"-"+name+"-"+scheme+".png")) })
				}
				b.size(wide)
				b.prefers("forced-colors", "active")
				b.photo(filepath.Join(folder, page+"-forced.png"))
				b.onPaper()
				b.photo(filepath.Join(folder, page+"-paper.png"))
				b.size(wide)
				b.prefers("forced-colors", "none") // and back to the screen
			})
		})
	}
}

// inLightAndDark shows the page in both color schemes.
func (t *tab) inLightAndDark(show func(scheme string)) {
	t.tb.Helper()
	for _, scheme := range []string{"dark", "light"} {
		t.atRest() // a change aborts a transition
		t.prefers("prefers-color-scheme", scheme)
		t.atRest()
		show(scheme)
	}
}

// atRest waits until the page is loaded and nothing moves.
func (t *tab) atRest() {
	t.tb.Helper()
	t.holds("nothing moves", `document.readyState === 'complete' && !document.activeViewTransition && document.getAnimations().every(a => a.playState !== 'running')`)
}

// photo saves a screenshot of the whole page, or of the window if a dialog is
// open.
func (t *tab) photo(file string) {
	t.tb.Helper()
	shot := chromedp.FullScreenshot(100)
	if open, err := evaluate[bool](t, `!!document.querySelector('dialog[open]')`); err == nil && open {
		shot = chromedp.CaptureScreenshot()
	}
	picture, err := chromedp.Run(t.ctx, shot)
	if err != nil {
		t.tb.Fatal(err)
	}
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		t.tb.Fatal(err)
	}
}
