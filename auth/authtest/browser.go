package authtest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// Browser is a browser for tests. It keeps cookies, and follows redirects only in the
// methods that say so. If a server cannot be reached, its methods stop the test; so in
// goroutines, use Client.
type Browser struct {
	// Client has the cookies, and follows no redirect.
	Client *http.Client
	// Header is added to each request, for example HX-Request.
	Header http.Header

	tb testing.TB
}

// NewBrowser returns a browser without cookies.
func NewBrowser(tb testing.TB) *Browser {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	// An httptest.Server closes the connections of the default transport when it closes.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	tb.Cleanup(transport.CloseIdleConnections)
	return &Browser{tb: tb, Header: http.Header{}, Client: &http.Client{Jar: jar, CheckRedirect: noRedirects, Transport: transport}}
}

func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// SignInTo returns a browser in which a person has signed in to an app. It opens the
// URL; if that does not redirect to the provider, it submits the first form of the page,
// as a person would press Sign in. It stops the test if the app does not accept the
// sign-in.
func SignInTo(tb testing.TB, appURL string, who Person) *Browser {
	tb.Helper()
	b := NewBrowser(tb)
	page := b.follow(b.Get(appURL), false)
	if action, form := page.findLink(isPostForm); !page.isLogin() && form != nil {
		page = b.follow(b.Post(action, form), false)
	}
	if !page.isLogin() {
		tb.Fatalf("signing in at %s: got status %d at %s, want the provider's login page:\n%s", appURL, page.StatusCode, page.URL, page.Text)
	}
	page = b.follow(b.Post(page.URL, who.credentials()), false)
	if page.isLogin() || page.StatusCode >= 400 {
		tb.Fatalf("signing in as %s: got status %d at %s:\n%s", who.Username, page.StatusCode, page.URL, page.Text)
	}
	return b
}

// Get fetches a URL.
func (b *Browser) Get(url string) *Page {
	b.tb.Helper()
	return b.fetch(http.MethodGet, url, nil)
}

// Post sends a form, as a page of the same origin does.
func (b *Browser) Post(url string, form url.Values) *Page {
	b.tb.Helper()
	return b.fetch(http.MethodPost, url, form)
}

// Walk fetches a URL and follows redirects on the same host. It returns the last page,
// or the redirect to another host.
func (b *Browser) Walk(url string) *Page {
	b.tb.Helper()
	return b.follow(b.Get(url), true)
}

// SignIn opens an authorization URL, signs a person in at the provider, and returns the
// callback URL without fetching it. A person with a session at the provider is not asked
// again.
func (b *Browser) SignIn(authorizationURL string, who Person) (callbackURL string) {
	b.tb.Helper()
	return b.submitLogin(authorizationURL, who.credentials())
}

// Cancel opens an authorization URL, presses Cancel, and returns the callback URL.
func (b *Browser) Cancel(authorizationURL string) (callbackURL string) {
	b.tb.Helper()
	return b.submitLogin(authorizationURL, url.Values{"cancel": {"cancel"}})
}

func (p Person) credentials() url.Values {
	return url.Values{"username": {p.Username}, "password": {p.Password}}
}

func (b *Browser) submitLogin(authorizationURL string, form url.Values) string {
	b.tb.Helper()
	page := b.Walk(authorizationURL)
	if page.Redirect == "" && page.StatusCode == http.StatusOK {
		page = b.follow(b.Post(page.URL, form), true) // the login page posts to its own URL
	}
	if page.Redirect == "" {
		b.tb.Fatalf("signing in at %s: got status %d, want a redirect to the app:\n%s", page.URL, page.StatusCode, page.Text)
	}
	return page.Redirect
}

// Follow goes where a page sends the browser (see [Page.Next]), once.
func (b *Browser) Follow(page *Page) *Page {
	b.tb.Helper()
	target, form := page.Next()
	if form == nil {
		return b.Get(target)
	}
	return b.Post(target, form)
}

// follow goes where pages send the browser until one does not.
func (b *Browser) follow(page *Page, sameHost bool) *Page {
	b.tb.Helper()
	for range 20 {
		next, _ := page.Next()
		if next == "" || sameHost && (page.Redirect == "" || !strings.HasPrefix(next+"/", page.resolve("/"))) {
			return page
		}
		page = b.Follow(page)
	}
	b.tb.Fatalf("after 20 redirects: got another one to %s", page.Redirect)
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
	return b.Send(req)
}

// Send sends a request as it is, with the browser's cookies but without Header.
func (b *Browser) Send(req *http.Request) *Page {
	b.tb.Helper()
	resp, err := b.Client.Do(req)
	if err != nil {
		b.tb.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.tb.Fatalf("reading %s: %v", req.URL, err)
	}
	page := &Page{URL: req.URL.String(), StatusCode: resp.StatusCode, Header: resp.Header, Text: string(text)}
	if location, err := resp.Location(); err == nil {
		page.Redirect = location.String()
	}
	return page
}
