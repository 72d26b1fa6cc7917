package authtest

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
)

var (
	nextLink  = regexp.MustCompile(`<a [^>]*href="([^"]*)" data-continue`)
	nextForm  = regexp.MustCompile(`<form method="post" action="([^"]*)" data-continue`)
	nextField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// Onward is where a page sends the browser next, by a redirect, by htmx' header or by
// a link or form that is marked with data-continue; "" where it stays. The form is nil
// unless it is to be posted.
func (p *Page) Onward() (to string, form url.Values) {
	if p.Redirect != "" {
		return p.Redirect, nil
	}
	if to := p.Header.Get("HX-Redirect"); to != "" {
		return to, nil
	}
	if link := nextLink.FindStringSubmatch(p.Text); link != nil {
		return html.UnescapeString(link[1]), nil
	}
	action := nextForm.FindStringSubmatch(p.Text)
	if action == nil {
		return "", nil
	}
	form = url.Values{}
	for _, field := range nextField.FindAllStringSubmatch(p.Text, -1) {
		form.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	return html.UnescapeString(action[1]), form
}

// Follow goes where a page sends the browser next.
func (b *Browser) Follow(page *Page) *Page {
	b.tb.Helper()
	to, form := page.Onward()
	if form == nil {
		return b.Get(to)
	}
	return b.fetch(http.MethodPost, to, form)
}
