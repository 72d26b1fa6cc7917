package assets

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

const testLink = `<link rel="stylesheet" href="/x.css">`

func TestPageInBrotliHasTheStyleSheet(t *testing.T) {
	t.Parallel()
	head := "<!doctype html>" + testLink + "<script></script>"
	h := own(t).NewHead(head, testLink)
	for _, size := range []int{0, 1, 2000, maxBlock - 1, maxBlock, maxBlock + 1, 3*maxBlock + 7} {
		rest := strings.Repeat("é", size/2) + strings.Repeat("x", size%2)
		stream, ok := h.AppendCompressed(nil, []byte(head+rest), []string{"gzip, br"}, false)
		if !ok {
			t.Fatalf("a page of %d bytes: got none in brotli", size)
		}
		got, err := io.ReadAll(brotli.NewReader(bytes.NewReader(stream)))
		if want := "<!doctype html><style>" + string(own(t).files["app.css"].plain) + "</style><script></script>" + rest; err != nil || string(got) != want {
			t.Errorf("a page of %d bytes: got %d bytes after decoding (error %v), want %d", size, len(got), err, len(want))
		}
	}
}

// The length of a compressed response would reveal a secret in it, if an attacker can
// choose other text in it (BREACH, CVE-2013-3587).
func TestPageIsNotCompressedAfterItsHead(t *testing.T) {
	t.Parallel()
	h := own(t).NewHead("<head>", testLink)
	length := func(rest string) int {
		stream, _ := h.AppendCompressed(nil, []byte("<head>"+rest), []string{"br"}, false)
		if !bytes.Contains(stream, []byte(rest)) {
			t.Errorf("got a stream without the text %q as it is", rest)
		}
		return len(stream)
	}
	if right, wrong := length("form_token=secret form_token=secret"), length("form_token=secret form_token=qwxjzv"); right != wrong {
		t.Errorf("got %d bytes with the right guess and %d with a wrong one, want no difference", right, wrong)
	}
}

func TestPublicPageIsCompressedWhole(t *testing.T) {
	t.Parallel()
	h := own(t).NewHead("<head>"+testLink, testLink)
	var lengths []int
	for _, rest := range []string{"<p>Sign in</p>", "<p>Sign in</p>", strings.Repeat("<p>The provider isn't responding.</p>", 99), "<p>Sign in</p>"} {
		stream, ok := h.AppendCompressed([]byte("before"), []byte("<head>"+testLink+rest), []string{"br"}, true)
		if !ok {
			t.Fatal("got no page in brotli")
		}
		got, err := io.ReadAll(brotli.NewReader(bytes.NewReader(bytes.TrimPrefix(stream, []byte("before")))))
		if err != nil || !strings.HasSuffix(string(got), "</style>"+rest) {
			t.Errorf("got the page …%q (error %v), want it to end with %q", got[max(0, len(got)-len(rest)-20):], err, rest)
		}
		lengths = append(lengths, len(stream))
	}
	if lengths[2] > lengths[0]+200 {
		t.Errorf("got %d bytes for a repeated text, and %d bytes for a short one, want a compressed text", lengths[2], lengths[0])
	}
}

func TestPageIsNotInBrotli(t *testing.T) {
	t.Parallel()
	h := own(t).NewHead("<head>", testLink)
	for what, test := range map[string]struct{ page, accept string }{
		"no Accept-Encoding": {"<head>", ""},
		"gzip only":          {"<head>", "gzip"},
		"br refused":         {"<head>", "br;q=0"},
		"a fragment":         {"<section>", "br"},
	} {
		if stream, ok := h.AppendCompressed(nil, []byte(test.page), []string{test.accept}, false); ok {
			t.Errorf("%s: got %q in brotli, want none", what, stream)
		}
	}
}

func TestStyleSheetCannotEndItsElement(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{CSS: `p::after { content: "</STYLE><script>" }`}); err == nil {
		t.Error("got no error for a style sheet with </style, want one: it would end the element")
	}
}
