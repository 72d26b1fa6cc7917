package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPhotos takes a photo of every page and dialog, wide and narrow, light and
// dark, into the folder that LATCHKEY_PHOTOS names: for people, and for the README.
func TestPhotos(t *testing.T) {
	folder := os.Getenv("LATCHKEY_PHOTOS")
	if folder == "" {
		t.Skip("no photos are taken: LATCHKEY_PHOTOS names no folder for them")
	}
	for name, tour := range tours {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := openBrowser(t)
			tour(b, func(page string) {
				b.inEveryTheme(func(light string) { b.photo(filepath.Join(folder, page+"-"+light+".png")) })
				b.prefers("forced-colors", "active")
				b.photo(filepath.Join(folder, page+"-forced.png"))
				b.onPaper()
				b.photo(filepath.Join(folder, page+"-paper.png"))
				b.size(wide)
				b.prefers("forced-colors", "none") // and on the screen again
			})
		})
	}
}

// atRest waits until everything is there, and nothing moves.
func (t *tab) atRest() {
	t.tb.Helper()
	t.holds("nothing moves", `document.readyState === 'complete' && !document.activeViewTransition && document.getAnimations().every(a => a.playState !== 'running')`)
}

// photo takes a photo of the whole page, or of the window where a dialog is over it.
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
