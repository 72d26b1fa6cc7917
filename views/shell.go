package views

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Shell is what surrounds the title and the content of every page of an app: the same
// for everyone, so it is rendered once.
type Shell struct{ start, middle, end string }

// gap stands for the title and for the content while the shell is rendered.
const gap = "<gap>"

// NewShell returns the shell of pages with the fields of p. It ignores who is signed in.
func NewShell(p Page) *Shell {
	parts := strings.SplitN(rendered(document(p, templ.Raw(gap), templ.Raw(gap))), gap, 3)
	return &Shell{parts[0], parts[1], parts[2]}
}

// layout surrounds its children with the shell of their page.
func layout(p Page, title string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		shell := p.Shell
		if shell == nil {
			shell = NewShell(p)
		}
		io.WriteString(w, shell.start)
		io.WriteString(w, templ.EscapeString(title))
		io.WriteString(w, shell.middle)
		children := templ.GetChildren(ctx)
		if err := children.Render(templ.ClearChildren(ctx), w); err != nil {
			return err
		}
		_, err := io.WriteString(w, shell.end) // returns the error of the writes before, too: w is buffered
		return err
	})
}
