package e2e

import (
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

var sheet = regexp.MustCompile(`/Type\s*/Page\b`)

// Each page fits on one sheet of paper, without its forms.
func TestPageFitsOnOneSheet(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["AUTH_ASGARDEO_SCOPES"] = "openid profile email internal_login"
	p.start(t)
	b := openBrowser(t)
	b.signInByHTTP(p, authtest.Ada)
	for range 19 {
		p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	}
	for _, path := range []string{"/", "/profile"} {
		b.open(p.URL + path)
		b.atRest()
		paper, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
		if err != nil {
			t.Fatal(err)
		}
		if got := len(sheet.FindAll(paper, -1)); got != 1 {
			t.Errorf("%s: got %d sheets, want 1", path, got)
		}
		b.onPaper()
		b.holds("no form is printed", `[...document.querySelectorAll('form')].every(form => !form.checkVisibility())`)
	}
}

// With twenty sessions the profile stays short: it shows the most recent ones,
// and the others on demand.
func TestProfileStaysShortWithManySessions(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.signInByHTTP(p, authtest.Ada)
	for range 19 {
		p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	}
	b.open(p.URL + "/profile")
	for width, limit := range map[int64]int{wide: 1600, narrow: 2400} {
		b.size(width)
		if got, err := evaluate[int](b, `document.documentElement.scrollHeight`); err != nil || got > limit {
			t.Errorf("a window %d wide: got a page of %d pixels (%v), want at most %d", width, got, err, limit)
		}
	}
	b.holds("five sessions are in sight", `[...document.querySelectorAll('.session')].filter(place => place.checkVisibility()).length === 5`)
	b.holds("times are relative, with the exact one on demand", `[...document.querySelectorAll('.session time')].every(time => /now|ago|in /.test(time.textContent) && /20\d\d/.test(time.title))`)
	b.press("Show 15 more")
	b.holds("all are in sight", `[...document.querySelectorAll('.session')].filter(place => place.checkVisibility()).length === 20`)
	b.holds("the sessions come first, and what is technical is closed", `document.querySelector('main h2').innerText === 'Sessions' && !document.getElementById('technical').open`)
}
