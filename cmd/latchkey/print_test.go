package main

import (
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

var sheet = regexp.MustCompile(`/Type\s*/Page\b`)

// What is worth printing comes on one sheet of paper.
func TestPrintsOnOneSheet(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["AUTH_ASGARDEO_SCOPES"] = "openid profile email internal_login"
	p.start(t)
	b := openWindow(t)
	b.open(p.URL)
	b.signInAs(authtest.Ada)
	p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	for _, path := range []string{"/", "/profile", "/groups/poets"} {
		b.open(p.URL + path)
		b.atRest()
		paper, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
		if err != nil {
			t.Fatal(err)
		}
		if got := len(sheet.FindAll(paper, -1)); got != 1 {
			t.Errorf("%s: got %d sheets, want 1", path, got)
		}
	}
}
