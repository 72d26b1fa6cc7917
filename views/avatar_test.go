package views

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Without the style sheet, an image without a size fills the window.
func TestImagesHaveASize(t *testing.T) {
	t.Parallel()
	for _, s := range states {
		var page strings.Builder
		if err := s.page.Render(context.Background(), &page); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		root, err := html.Parse(strings.NewReader(page.String()))
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode || n.Data != "svg" && n.Data != "img" {
				continue
			}
			size := map[string]string{}
			for _, a := range n.Attr {
				size[a.Key] = a.Val
			}
			if size["width"] == "" || size["height"] == "" {
				t.Errorf("%s: image with %v: got no width and height", s.name, n.Attr)
			}
		}
	}
}
