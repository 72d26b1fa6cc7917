package views

import (
	"context"
	"strings"

	"github.com/a-h/templ"
)

// Head returns what every page starts with, up to its title, and the element in it
// that links to the style sheet.
func Head(s *Site) (html, link string) {
	return `<!doctype html><html lang="` + templ.EscapeString(s.Words.Lang) + `"><head>` + rendered(headElements(s.Assets)), rendered(styleSheet(s.Assets))
}

func rendered(c templ.Component) string {
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		panic(err) // no component returns one
	}
	return b.String()
}
