package handlers_test

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// A browser gets the page that others get, with its style sheet inside, and a policy
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
	sum := sha256.Sum256([]byte(style[1]))
	hash := "style-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"
	if policy := packed.Header.Get("Content-Security-Policy"); !strings.Contains(policy, hash) {
		t.Errorf("GET %s (%s): got the policy %q, want %s in it", path, who, policy, hash)
	}
	got := changing.ReplaceAllString(inlineStyle.ReplaceAllString(string(decoded), "STYLE"), "")
	want := changing.ReplaceAllString(stylesheetLink.ReplaceAllString(plain.Text, "STYLE"), "")
	if got != want {
		t.Errorf("GET %s (%s): got in brotli\n%s\nwant\n%s", path, who, got, want)
	}
}

// A page that shows something about a request or a person is compressed up to its title
// only (BREACH, CVE-2013-3587).
func TestOnlyPublicPageIsCompressedWhole(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	b.Header = http.Header{"Accept-Encoding": {"br"}}
	isWhole := func(page *authtest.Page) bool { return !strings.Contains(page.Text, "</main>") }
	for path, want := range map[string]bool{"/": true, "/?utm=x": true, "/?login_hint=ada": false, "/?organization=x": false, "/profile?x": false, "/nothing": false} {
		if got := isWhole(b.Get(a.URL + path)); got != want {
			t.Errorf("GET %s: got a whole page in brotli %t, want %t", path, got, want)
		}
	}
	other, _ := http.NewRequest(http.MethodGet, "http://other.example/", nil)
	other.Header = b.Header
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, other)
	if !strings.Contains(w.Body.String(), "</main>") {
		t.Error("GET / of another host: got a whole page in brotli, want its address as it is")
	}
	a.SignIn(t, b, authtest.Ada)
	if isWhole(b.Get(a.URL + "/")) {
		t.Error("GET / signed in: got a whole page in brotli, want the form token as it is")
	}
	if isWhole(a.FollowSignOut(b, b.Post(a.URL+"/api/auth/signout", nil))) {
		t.Error("GET / after a sign-out: got a whole page in brotli, want the notice as it is")
	}
	if isWhole(b.Get(a.URL + "/")) {
		t.Error("GET / in a browser that has signed in: got a whole page in brotli, want only the page of a new one")
	}
}
