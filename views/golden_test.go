package views

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "update testdata/*.html; review the diff before you commit it")

func TestPagesMatchGoldenFiles(t *testing.T) {
	t.Parallel()
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var page strings.Builder
			if err := s.page.Render(context.Background(), &page); err != nil {
				t.Fatalf("rendering: %v", err)
			}
			golden(t, s.name, page.String())
		})
	}
}

// A fragment is exactly a part of its page, and can replace it: one element, with an
// id, the page's title and a heading that takes the focus.
func TestFragmentsArePartsOfTheirPages(t *testing.T) {
	t.Parallel()
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var page, part strings.Builder
			if err := s.page.Render(context.Background(), &page); err != nil {
				t.Fatalf("rendering the page: %v", err)
			}
			if err := templ.RenderFragments(context.Background(), &part, s.page, s.fragment); err != nil {
				t.Fatalf("rendering fragment %q: %v", s.fragment, err)
			}
			if part.Len() == 0 || !strings.Contains(page.String(), part.String()) {
				t.Errorf("fragment %q is not a part of its page: got\n%s", s.fragment, part.String())
			}
			for _, want := range []string{`<section`, `id="` + s.fragment + `"`, `data-title="`, `tabindex="-1"`} {
				if !strings.Contains(part.String(), want) {
					t.Errorf("fragment %q: got no %s in\n%s", s.fragment, want, part.String())
				}
			}
		})
	}
}

// golden compares page with testdata/name.html as HTML.
func golden(t *testing.T, name, page string) {
	t.Helper()
	got := outline(t, page)
	file := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lines(outline(t, string(want))), lines(got)); diff != "" {
		t.Errorf("%s differs (-want +got); -update writes it:\n%s", file, diff)
	}
}

func lines(s string) []string { return strings.Split(s, "\n") }

// outline formats a page with one element or text per line, sorted attributes and
// collapsed white space, so that only differences in the DOM remain.
func outline(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatalf("parsing: %v", err)
	}
	var b strings.Builder
	for n := range root.ChildNodes() {
		write(&b, n, 0)
	}
	return b.String()
}

func write(b *strings.Builder, n *html.Node, depth int) {
	indent := strings.Repeat("  ", depth)
	switch n.Type {
	case html.DoctypeNode:
		fmt.Fprintf(b, "<!doctype %s>\n", n.Data)
	case html.TextNode:
		if text := strings.Join(strings.Fields(n.Data), " "); text != "" {
			fmt.Fprintf(b, "%s%s\n", indent, html.EscapeString(text))
		}
	case html.ElementNode:
		fmt.Fprintf(b, "%s<%s%s>\n", indent, n.Data, attributes(n))
		for child := range n.ChildNodes() {
			write(b, child, depth+1)
		}
		if !slices.Contains(void, n.Data) {
			fmt.Fprintf(b, "%s</%s>\n", indent, n.Data)
		}
	}
}

// void are the elements without an end tag that the pages use.
var void = []string{"img", "input", "link", "meta"}

func attributes(n *html.Node) string {
	slices.SortFunc(n.Attr, func(a, b html.Attribute) int { return strings.Compare(a.Key, b.Key) })
	var b strings.Builder
	for _, a := range n.Attr {
		fmt.Fprintf(&b, ` %s="%s"`, a.Key, html.EscapeString(a.Val))
	}
	return b.String()
}
