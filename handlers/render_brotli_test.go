package handlers_test

import (
	"crypto/sha512"
	"encoding/base64"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// A browser gets the page that others get, with the style sheet inside, and a policy
// that allows exactly that style sheet.
func TestPagesInBrotli(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	for path, who := range map[string]string{"/": "signed out", "/profile": "signed out", "/nothing": "an error"} {
		wantSamePage(t, a, b, path, who)
	}
	a.SignIn(t, b, authtest.Ada)
	wantSamePage(t, a, b, "/", "signed in")
	wantSamePage(t, a, b, "/profile", "signed in")
}

var (
	stylesheetLink = regexp.MustCompile(`<link rel="stylesheet"[^>]*>`)
	inlineStyle    = regexp.MustCompile(`<style>([^<]*)</style>`)
	changing       = regexp.MustCompile(`form_token" value="[^"]*"|data-expires-in="\d+"|<code>[A-Z0-9]{10}</code>`)
)

func wantSamePage(t *testing.T, a *handlerstest.App, b *authtest.Browser, path, who string) {
	t.Helper()
	plain := b.Get(a.URL + path)
	b.Header = http.Header{"Accept-Encoding": {"br"}}
	packed := b.Get(a.URL + path)
	b.Header = http.Header{}
	if got := packed.Header.Get("Content-Encoding"); got != "br" {
		t.Fatalf("GET %s (%s): got Content-Encoding %q, want br", path, who, got)
	}
	decoded, err := io.ReadAll(brotli.NewReader(strings.NewReader(packed.Text)))
	if err != nil {
		t.Fatalf("GET %s (%s): %v", path, who, err)
	}
	style := inlineStyle.FindStringSubmatch(string(decoded))
	if style == nil {
		t.Fatalf("GET %s (%s): got no style element in\n%s", path, who, decoded)
	}
	sum := sha512.Sum384([]byte(style[1]))
	hash := "style-src 'self' 'sha384-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"
	if policy := packed.Header.Get("Content-Security-Policy"); !strings.Contains(policy, hash) {
		t.Errorf("GET %s (%s): got the policy %q, want %s in it", path, who, policy, hash)
	}
	got := changing.ReplaceAllString(inlineStyle.ReplaceAllString(string(decoded), "STYLE"), "")
	want := changing.ReplaceAllString(stylesheetLink.ReplaceAllString(plain.Text, "STYLE"), "")
	if got != want {
		t.Errorf("GET %s (%s): got in brotli\n%s\nwant\n%s", path, who, got, want)
	}
}
