package e2e

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// Behind a proxy that replaces Host, the server cannot know the host name of
// the page. The browser does, and removes a false notice.
func TestNoNoticeOfAnotherHostBehindProxy(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	inside, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(inside)
		r.Out.Host = "upstream"
	}})
	t.Cleanup(proxy.Close)
	p.URL, p.Env["AUTH_URL"] = proxy.URL, proxy.URL
	p.register()
	p.start(t)
	if page := authtest.NewBrowser(t).Get(p.URL); !strings.Contains(page.Text, "data-origin") {
		t.Fatalf("the page as the server sends it: got\n%s\nwant the notice, or this test proves nothing", page.Text)
	}
	b := openBrowser(t)
	b.open(p.URL)
	b.holds("the notice is gone", `!document.querySelector("[data-origin]")`)
	b.press("Sign in")
	b.logIn(authtest.Ada)
	b.sees(signedIn)
}
