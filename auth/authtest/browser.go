package authtest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// Browser is a browser for tests: it keeps cookies, and follows a redirect only when
// it is told to. Its methods fail the test when a server cannot be reached; in other
// goroutines than the test's, use Client.
type Browser struct {
	// Client has the cookies, and follows no redirect.
	Client *http.Client
	// Header is sent with every request, such as HX-Request.
	Header http.Header

	tb testing.TB
}

// Page is an answer whose body has been read.
type Page struct {
	*http.Response
	URL      string // where it came from
	Text     string // the body
	Redirect string // the absolute URL of the Location header, or empty
}

// NewBrowser returns a browser without cookies.
func NewBrowser(tb testing.TB) *Browser {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	// Connections of its own: an httptest.Server that closes takes those of the
	// default transport with it, whosever they are.
	connections := http.DefaultTransport.(*http.Transport).Clone()
	tb.Cleanup(connections.CloseIdleConnections)
	return &Browser{tb: tb, Header: http.Header{}, Client: &http.Client{Jar: jar, CheckRedirect: stay, Transport: connections}}
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Get fetches a URL.
func (b *Browser) Get(url string) *Page {
	b.tb.Helper()
	return b.fetch(http.MethodGet, url, nil)
}

// Post sends a form as a page of the same origin does.
func (b *Browser) Post(url string, form url.Values) *Page {
	b.tb.Helper()
	return b.fetch(http.MethodPost, url, form)
}

// Walk fetches a URL and follows redirects for as long as they stay on its host. It
// returns the page at the end, or the redirect that leaves.
func (b *Browser) Walk(url string) *Page {
	b.tb.Helper()
	return b.follow(b.Get(url))
}

// SignIn opens an authorization URL, fills in the login page as this person, and
// returns the callback URL to which the provider sends the browser. Where the provider
// knows the person already it asks nothing. The callback URL is not fetched.
func (b *Browser) SignIn(authorizationURL string, who Person) string {
	b.tb.Helper()
	return b.submit(authorizationURL, url.Values{"username": {who.Username}, "password": {who.Password}})
}

// Cancel opens an authorization URL, presses Cancel, and returns the callback URL.
func (b *Browser) Cancel(authorizationURL string) string {
	b.tb.Helper()
	return b.submit(authorizationURL, url.Values{"cancel": {"cancel"}})
}

func (b *Browser) submit(authorizationURL string, form url.Values) string {
	b.tb.Helper()
	page := b.Walk(authorizationURL)
	if page.Redirect == "" && page.StatusCode == http.StatusOK {
		page = b.follow(b.Post(page.URL, form)) // the form has no action: it posts to itself
	}
	if page.Redirect == "" {
		b.tb.Fatalf("signing in at %s: got %s without a redirect, want one to the relying party:\n%s", page.URL, page.Status, page.Text)
	}
	return page.Redirect
}

func (b *Browser) follow(page *Page) *Page {
	b.tb.Helper()
	for range 20 {
		if page.Redirect == "" || !sameHost(page.URL, page.Redirect) {
			return page
		}
		page = b.Get(page.Redirect)
	}
	b.tb.Fatalf("still redirected, to %s, after 20 times", page.Redirect)
	return nil
}

func (b *Browser) fetch(method, target string, form url.Values) *Page {
	b.tb.Helper()
	req, err := http.NewRequest(method, target, strings.NewReader(form.Encode()))
	if err != nil {
		b.tb.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", req.URL.Scheme+"://"+req.URL.Host)
	}
	for name, values := range b.Header {
		req.Header[name] = values
	}
	resp, err := b.Client.Do(req)
	if err != nil {
		b.tb.Fatal(err)
	}
	return b.read(target, resp)
}

func (b *Browser) read(target string, resp *http.Response) *Page {
	b.tb.Helper()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.tb.Fatalf("reading %s: %v", target, err)
	}
	page := &Page{Response: resp, URL: target, Text: string(text)}
	if location, err := resp.Location(); err == nil {
		page.Redirect = location.String()
	}
	return page
}

func sameHost(a, b string) bool {
	from, err := url.Parse(a)
	if err != nil {
		return false
	}
	to, err := url.Parse(b)
	return err == nil && from.Host == to.Host
}
