package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// TestPhotos takes a photo of every page, wide and narrow, light and dark, into
// the folder that LATCHKEY_PHOTOS names: for people, and for the README.
func TestPhotos(t *testing.T) {
	folder := os.Getenv("LATCHKEY_PHOTOS")
	if folder == "" {
		t.Skip("no photos are taken: LATCHKEY_PHOTOS names no folder for them")
	}
	for name, width := range map[string]int64{"wide": 1280, "narrow": 320} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				b := openWindow(t)
				b.do("sizing the window", chromedp.EmulateViewport(width, 800))
				b.prefers("prefers-color-scheme", scheme)
				b.photograph(func(page string) string {
					return filepath.Join(folder, page+"-"+name+"-"+scheme+".png")
				})
			})
		}
	}
}

// photograph walks by every page.
func (t *tab) photograph(file func(page string) string) {
	t.tb.Helper()
	p := started(t.tb, authtest.WithPeople(authtest.Ada))
	t.open(p.URL)
	t.photo(file("home"))
	t.open(p.URL + "/nowhere")
	t.expectComplaint("status of 404")
	t.photo(file("not-found"))
	t.open(p.URL + "/api/auth/callback/asgardeo?state=unknown&code=x")
	t.expectComplaint("status of 400")
	t.photo(file("state-unknown"))
	t.open(p.URL + "/profile")
	t.expectComplaint("status of 401")
	t.photo(file("sign-in-in-place"))
	t.press("Sign in")
	t.sees("Test provider")
	t.photo(file("provider"))
	t.press("Cancel")
	t.sees("You cancelled.")
	t.photo(file("cancelled"))
	t.press("Sign in")
	t.logIn(authtest.Ada)
	t.sees("ada@example.com")
	t.photo(file("profile"))
	t.open(p.URL)
	t.photo(file("signed-in"))
	t.press("Sign Out")
	t.sees(signedOut)
	t.photo(file("signed-out"))
	p.Provider.Handle(authtest.DiscoveryEndpoint, authtest.Status(503))
	p.restart(t.tb)
	eventually(t.tb, "the provider is known to be down", func() bool { return p.troubled(t.tb) })
	t.open(p.URL)
	t.photo(file("provider-down"))
	t.press("Sign in")
	t.expectComplaint("status of 503")
	t.sees("does not answer")
	t.photo(file("provider-unavailable"))
}

// photo takes a photo of the whole page, when it has come to rest.
func (t *tab) photo(file string) {
	t.tb.Helper()
	t.holds("nothing moves", `!document.activeViewTransition && document.getAnimations().every(a => a.playState !== 'running')`)
	picture, err := chromedp.Run(t.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.tb.Fatal(err)
	}
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		t.tb.Fatal(err)
	}
}

// prefers sets what the person has told their system.
func (t *tab) prefers(feature, value string) {
	t.tb.Helper()
	_, err := chromedp.Call(t.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	})
	if err != nil {
		t.tb.Fatal(err)
	}
}
