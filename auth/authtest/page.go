package authtest

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Page is a response whose body has been read.
type Page struct {
	URL        string // of the request
	StatusCode int
	Header     http.Header
	Text       string // the body
	Redirect   string // the absolute URL of the Location header, or empty
}

// Next returns where the page sends the browser: by a redirect, by htmx's HX-Redirect
// header, or by a link or form with the attribute data-continue. The URL is empty if it
// sends the browser nowhere; the form is nil if the URL is to be fetched with GET.
func (p *Page) Next() (target string, form url.Values) {
	if p.Redirect != "" {
		return p.Redirect, nil
	}
	if to := p.Header.Get("HX-Redirect"); to != "" {
		return p.resolve(to), nil
	}
	return p.findLink(func(n *html.Node) bool { _, ok := attribute(n, "data-continue"); return ok })
}

// Cookies returns the cookies that the response sets.
func (p *Page) Cookies() []*http.Cookie { return (&http.Response{Header: p.Header}).Cookies() }

// findLink returns where the first link or form that matches leads.
func (p *Page) findLink(matches func(*html.Node) bool) (target string, form url.Values) {
	document, err := html.Parse(strings.NewReader(p.Text))
	if err != nil {
		return "", nil
	}
	for n := range document.Descendants() {
		switch {
		case n.Type != html.ElementNode || !matches(n):
		case n.DataAtom == atom.A:
			href, _ := attribute(n, "href")
			return p.resolve(href), nil
		case n.DataAtom == atom.Form:
			action, _ := attribute(n, "action")
			form = url.Values{}
			for field := range n.Descendants() {
				if name, ok := attribute(field, "name"); ok && field.DataAtom == atom.Input {
					value, _ := attribute(field, "value")
					form.Add(name, value)
				}
			}
			return p.resolve(action), form
		}
	}
	return "", nil
}

// isPostForm reports whether an element is a form that posts.
func isPostForm(n *html.Node) bool {
	method, _ := attribute(n, "method")
	return n.DataAtom == atom.Form && strings.EqualFold(method, "post")
}

// isLogin reports whether the page is the provider's login page.
func (p *Page) isLogin() bool { return strings.Contains(p.URL, string(LoginEndpoint)+"?") }

// resolve returns the absolute URL of a reference on the page.
func (p *Page) resolve(reference string) string {
	base, err := url.Parse(p.URL)
	if err != nil {
		return reference
	}
	target, err := base.Parse(reference)
	if err != nil {
		return reference
	}
	return target.String()
}

func attribute(n *html.Node, name string) (value string, ok bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
