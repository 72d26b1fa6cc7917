package views

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// The Content-Security-Policy blocks inline styles and scripts, so no page may have any.
func TestPagesHaveNothingInline(t *testing.T) {
	t.Parallel()
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var page strings.Builder
			if err := s.page.Render(context.Background(), &page); err != nil {
				t.Fatalf("rendering: %v", err)
			}
			root, err := html.Parse(strings.NewReader(page.String()))
			if err != nil {
				t.Fatalf("parsing: %v", err)
			}
			ids := map[string]bool{}
			for n := range root.Descendants() {
				if n.Data == "style" || n.Data == "script" && n.FirstChild != nil {
					t.Errorf("got an inline <%s>, want none", n.Data)
				}
				for _, a := range n.Attr {
					if a.Key == "id" && ids[a.Val] {
						t.Errorf("got the id %q twice, want it once", a.Val)
					}
					ids[a.Val] = ids[a.Val] || a.Key == "id"
					if inline(a) {
						t.Errorf("<%s>: got %s=%q, want nothing inline", n.Data, a.Key, a.Val)
					}
				}
			}
		})
	}
}

func inline(a html.Attribute) bool {
	return a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") ||
		strings.HasPrefix(a.Val, "js:") || strings.HasPrefix(a.Val, "javascript:")
}
