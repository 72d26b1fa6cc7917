package handlers_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// headerBudget limits all headers of a response together: nginx reads them into 4 KB
// by default, and responds 502 if they do not fit.
const headerBudget = 3500

// public is a browser at an app whose public URL is https. It keeps the cookies
// itself, since the test uses plain http, and measures the headers of every response.
type public struct {
	*handlerstest.App
	tb      testing.TB
	b       *authtest.Browser // at the provider; and for its connections
	cookies map[string]string
	htmx    bool
	largest int
}

const publicURL = "https://app.customer-portal.example.com"

func startPublic(tb testing.TB) *public {
	tb.Helper()
	a := handlerstest.Start(tb, func(c *auth.Config, h *handlers.Config) { c.URL, h.RateLimit = publicURL, 1_000_000 })
	a.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret,
		RedirectURIs: []string{publicURL + "/api/auth/callback/asgardeo"},
	})
	return &public{App: a, tb: tb, b: authtest.NewBrowser(tb), cookies: map[string]string{}}
}

// send sends a request, and asserts the budget of its response.
func (p *public) send(method, path string, form url.Values) *authtest.Page {
	p.tb.Helper()
	req, err := http.NewRequest(method, p.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.tb.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", publicURL)
	}
	req.Header.Set("X-Forwarded-For", "203.0.113.7") // by a proxy that is not declared: more cookies
	if p.htmx {
		req.Header.Set("HX-Request", "true")
		req.Header.Set("HX-Request-Type", "partial")
		req.Header.Set("HX-Target", "main#main")
	}
	for name, value := range p.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		p.tb.Fatal(err)
	}
	var body bytes.Buffer
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		body.ReadFrom(resp.Body)
	}
	resp.Body.Close()
	for _, c := range resp.Cookies() {
		if p.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(p.cookies, c.Name)
		}
	}
	p.measure(method+" "+path, resp)
	page := &authtest.Page{URL: req.URL.String(), StatusCode: resp.StatusCode, Header: resp.Header, Text: body.String()}
	if location := resp.Header.Get("Location"); location != "" {
		page.Redirect = location
	}
	return page
}

func (p *public) measure(what string, resp *http.Response) {
	p.tb.Helper()
	var header bytes.Buffer
	fmt.Fprintf(&header, "%s %s\r\n", resp.Proto, resp.Status)
	resp.Header.Write(&header)
	p.largest = max(p.largest, header.Len()+2)
	if header.Len()+2 > headerBudget {
		p.tb.Errorf("%.60s: got %d bytes of headers, want at most %d:\n%s", what, header.Len()+2, headerBudget, header.String())
	}
}

// press submits a form and follows its response: to the provider, or back to us.
func (p *public) press(path string, form url.Values) (to string, sent url.Values) {
	p.tb.Helper()
	page := p.send(http.MethodPost, path, form)
	to, sent = page.Next()
	if to == "" {
		p.tb.Fatalf("POST %s: got status %d, and no way on:\n%s", path, page.StatusCode, page.Text)
	}
	return to, sent
}

func (p *public) back(callback string) *authtest.Page {
	p.tb.Helper()
	path, ours := strings.CutPrefix(callback, publicURL)
	if !ours {
		p.tb.Fatalf("the provider sends back to %s, want %s", callback, publicURL)
	}
	htmx := p.htmx
	p.htmx = false
	defer func() { p.htmx = htmx }()
	return p.send(http.MethodGet, path, nil)
}

// plant adds the cookies of unfinished sign-ins to the browser.
func (p *public) plant(n int) {
	for range n {
		p.cookies["__Host-latchkey.signin."+randomText(12)] = randomText(400)
	}
}

func randomText(n int) string {
	return random("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~", n)
}

// randomQuery has random characters, so that it does not compress.
func randomQuery(n int) string {
	return random("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~!$&'()*+,;=:@/?", n)
}

func random(letters string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rand.IntN(len(letters))]
	}
	return string(b)
}

// All response headers fit into the default buffers of a proxy, and yet the person
// returns to their page, and Sign Out reaches the provider with the hint.
func TestHeadersFitBehindAProxy(t *testing.T) {
	t.Parallel()
	for _, idToken := range []int{0, 1 << 10, 2 << 10, 3 << 10, 4 << 10, 6 << 10} {
		for _, callback := range []int{10, 1200, 1500, 2048} {
			for _, htmx := range []bool{false, true} {
				t.Run(fmt.Sprintf("ID token +%d, callback URL %d, htmx %t", idToken, callback, htmx), func(t *testing.T) {
					t.Parallel()
					p := startPublic(t)
					p.htmx = htmx
					p.Provider.EditIDToken(func(_, claims map[string]any) { claims["groups"] = []string{randomText(idToken * 3 / 4)} })
					p.walk(t, "/search?"+randomQuery(callback-8))
				})
			}
		}
	}
}

func (p *public) walk(t *testing.T, wanted string) {
	t.Helper()
	p.plant(20)
	to, _ := p.press("/api/auth/signin/asgardeo", url.Values{"callbackUrl": {wanted}, "login_hint": {randomText(250)}})
	callback := p.b.SignIn(to, authtest.Ada)
	page := p.back(callback)
	if got, _ := page.Next(); !strings.HasSuffix(got, wanted) {
		t.Errorf("signed in: got status %d and sent to %q, want %q", page.StatusCode, got, wanted)
	}
	p.back(callback) // once more, as Back does
	p.plant(20)
	p.send(http.MethodGet, "/profile", nil)
	to, form := p.press("/api/auth/signout", url.Values{"callbackUrl": {wanted}})
	if !strings.Contains(to, "id_token_hint=") && form.Get("id_token_hint") == "" {
		t.Error("signed out: the logout request has no id_token_hint")
	}
	back := p.b.Get(to)
	if form != nil {
		back = p.b.Post(to, form)
	}
	if n := len(p.Provider.Sessions()); n != 0 {
		t.Errorf("the provider has %d sessions afterwards, want none", n)
	}
	page = p.back(back.Redirect)
	if got, _ := page.Next(); !strings.HasSuffix(got, wanted) {
		t.Errorf("back from signing out: got %q, want %q", got, wanted)
	}
	p.send(http.MethodGet, "/", nil)
	p.plant(20)
	to, _ = p.press("/api/auth/signin/asgardeo", url.Values{"callbackUrl": {wanted}})
	p.back(p.b.Cancel(to))
	p.send(http.MethodGet, "/", nil)
	t.Logf("largest headers: %d bytes", p.largest)
}

// Every route keeps the budget, for a browser with the most and longest cookies.
func TestHeadersOfEveryRouteFit(t *testing.T) {
	t.Parallel()
	p := startPublic(t)
	long := url.Values{"callbackUrl": {"/search?" + randomQuery(2040)}, "login_hint": {randomText(255)}, "organization": {randomText(255)}}
	p.Provider.EditIDToken(func(_, claims map[string]any) { claims["groups"] = []string{randomText(4 << 10)} })
	err := chi.Walk(p.Handler().(*handlers.App).Routes(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		path := strings.NewReplacer("{provider}", "asgardeo", "{id}", randomText(26), "{group}", "poets", "*", randomText(300)).Replace(route)
		for _, p.htmx = range []bool{false, true} {
			p.plant(20)
			p.send(method, path+"?"+long.Encode(), long)
			to, _ := p.press("/api/auth/signin/asgardeo", nil)
			p.htmx = false
			p.back(p.b.SignIn(to, authtest.Ada))
			p.send(method, path+"?"+long.Encode(), long)
			p.send(http.MethodHead, path, nil)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("largest headers: %d bytes", p.largest)
}
