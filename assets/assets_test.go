package assets

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
)

// own are the assets of an app without choices.
func own(tb testing.TB) *Assets {
	tb.Helper()
	a, err := New(Options{Prefix: "/base/assets/"})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func get(t *testing.T, method, path, accept string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	if accept != "" {
		r.Header.Set("Accept-Encoding", accept)
	}
	w := httptest.NewRecorder()
	own(t).ServeHTTP(w, r)
	return w.Result()
}

func TestURLContainsContentHash(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]string{
		"app.css":     `^/base/assets/app\.[0-9a-f]{12}\.css$`,
		"app.js":      `^/base/assets/app\.[0-9a-f]{12}\.js$`,
		"favicon.svg": `^/base/assets/favicon\.[0-9a-f]{12}\.svg$`,
	} {
		if got := own(t).URL(name); !regexp.MustCompile(form).MatchString(got) {
			t.Errorf("URL(%q): got %s, want the form %s", name, got, form)
		}
	}
	if one, other := newFile("/", "a.css", []byte("x")).url, newFile("/", "a.css", []byte("y")).url; one == other {
		t.Errorf("got the same URL for two contents: %s", one)
	}
}

func TestAssetHeaders(t *testing.T) {
	t.Parallel()
	types := map[string]string{
		"app.css":     "text/css; charset=utf-8",
		"app.js":      "text/javascript; charset=utf-8",
		"favicon.svg": "image/svg+xml",
	}
	for name, contentType := range types {
		response := get(t, "GET", own(t).URL(name), "")
		got := map[string]string{}
		for _, h := range []string{"Content-Type", "Cache-Control", "Vary", "X-Content-Type-Options", "Content-Encoding"} {
			got[h] = response.Header.Get(h)
		}
		want := map[string]string{
			"Content-Type":           contentType,
			"Cache-Control":          "public, max-age=31536000, immutable",
			"Vary":                   "Accept-Encoding",
			"X-Content-Type-Options": "nosniff",
			"Content-Encoding":       "",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("headers of %s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAcceptEncoding(t *testing.T) {
	t.Parallel()
	tests := []struct{ accept, want string }{
		{"", ""},
		{"identity", ""},
		{"gzip", "gzip"},
		{"gzip, deflate, br, zstd", "br"},
		{"br;q=0, gzip;q=0.5", "gzip"},
		{"BR", "br"},
		{"br;q=0.0,gzip;q=0", ""},
		{"br;q=1.0", "br"},
		{"brother", ""},
	}
	for _, test := range tests {
		response := get(t, "GET", own(t).URL("app.css"), test.accept)
		if got := response.Header.Get("Content-Encoding"); got != test.want {
			t.Errorf("Accept-Encoding %q: got encoding %q, want %q", test.accept, got, test.want)
		}
		if diff := cmp.Diff(string(own(t).files["app.css"].plain), decoded(t, response)); diff != "" {
			t.Errorf("Accept-Encoding %q: decoded content differs (-want +got):\n%s", test.accept, diff)
		}
	}
}

func decoded(t *testing.T, response *http.Response) string {
	t.Helper()
	body := io.Reader(response.Body)
	switch response.Header.Get("Content-Encoding") {
	case "br":
		body = brotli.NewReader(body)
	case "gzip":
		zip, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = zip
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestUnknownAssetIsNotFoundAndNotCached(t *testing.T) {
	t.Parallel()
	paths := []string{
		"/base/assets/",
		"/base/assets/app.css",
		"/base/assets/app.0123456789ab.css", // of an earlier build
		"/base/assets/assets.go",
		"/base/assets/htmx/README.md",
		"/base/assets/../assets.go",
	}
	for _, path := range paths {
		response := get(t, "GET", path, "br")
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: got %d, want 404", path, response.StatusCode)
		}
		if got, want := response.Header.Get("Cache-Control"), "no-store"; got != want {
			t.Errorf("GET %s: got Cache-Control %q, want %q: another replica may have it", path, got, want)
		}
	}
}

func TestAssetHasNoBodyForHEAD(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(own(t))
	t.Cleanup(server.Close)
	head, err := http.Head(server.URL + own(t).URL("app.js"))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(head.Body)
	if head.StatusCode != http.StatusOK || head.ContentLength <= 0 || len(body) != 0 {
		t.Errorf("HEAD: got status %d, length %d and %d bytes; want 200, a length, and none", head.StatusCode, head.ContentLength, len(body))
	}
}

// An app's own CSS is served as it is, because it may need spaces that ours does not.
func TestAppStyleIsNotMinified(t *testing.T) {
	t.Parallel()
	const css = `a::before { content: "one > two" } /* x */ a :hover { color: red }`
	a, err := New(Options{CSS: css})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"app.css", "dialog.css"} {
		if served := string(a.files[name].plain); !strings.Contains(served, css) {
			t.Errorf("%s: got no %q in:\n%s", name, css, served)
		}
	}
}

// The dialog's style sheet has no rule for an app's own elements.
func TestDialogStyleIsScoped(t *testing.T) {
	t.Parallel()
	a, err := New(Options{CSS: ":root { --accent: purple; }\n@keyframes mine {\n  from { opacity: 0; }\n}\n"})
	if err != nil {
		t.Fatal(err)
	}
	css := string(a.files["dialog.css"].plain)
	for _, part := range []string{"#latchkey{&{--paper", "#latchkey{& { --accent: purple; }"} {
		if !strings.Contains(css, part) {
			t.Errorf("got no %q in:\n%s", part, css)
		}
	}
	for _, part := range []string{":root", "color-scheme"} {
		if strings.Contains(css, part) {
			t.Errorf("got %q, want nothing that changes the rest of the page", part)
		}
	}
	depth, outside := 0, ""
	for _, c := range css {
		if depth == 0 {
			outside += string(c)
		}
		depth += map[rune]int{'{': 1, '}': -1}[c]
	}
	if got, want := strings.Join(strings.Fields(outside), ""), "#latchkey{@keyframeslatchkey-spin{@keyframeslatchkey-rise{#latchkey{@keyframesmine{"; got != want || depth != 0 {
		t.Errorf("outside of #latchkey: got %q, want its own keyframes only", got)
	}
}
