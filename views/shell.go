package views

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// shell is what surrounds the title and the content of every page: the same for everyone,
// so it is rendered once. So are the texts of the page that most requests ask for.
type shell struct {
	start, middle, end             string
	signedIn, yourProfile, signOut templ.Component
}

// gap stands for the title and for the content while the shell is rendered.
const gap = "<gap>"

// NewSite returns a site whose pages can be rendered.
func NewSite(s Site) *Site {
	if s.Words == nil {
		s.Words = NewWords()
		s.Words.SetApp(s.Brand.Name)
	}
	parts := strings.SplitN(rendered(document(s, templ.Raw(gap), templ.Raw(gap))), gap, 3)
	s.shell = shell{parts[0], parts[1], parts[2], text(s.Words.SignedIn), text(s.Words.YourProfile), text(s.Words.SignOut)}
	return &s
}

func text(s string) templ.Component { return templ.Raw(templ.EscapeString(s)) }

// layout makes its children a fragment, surrounded by the shell of their page.
func layout(p Page, id, title string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		io.WriteString(w, p.shell.start)
		io.WriteString(w, templ.EscapeString(title))
		io.WriteString(w, p.shell.middle)
		if err := templ.Fragment(id).Render(ctx, w); err != nil { // it has our children
			return err
		}
		_, err := io.WriteString(w, p.shell.end) // returns the error of the writes before, too: w is buffered
		return err
	})
}
