package auth

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Redirect is where to send the browser next, with the cookies to set. A URL that starts
// with "/" is a page of our own.
type Redirect struct {
	URL     string
	Form    url.Values // to be posted to URL by the browser; nil means a plain redirect
	Cookies []*http.Cookie
}

// Local reports whether the next page is one of our own.
func (r Redirect) Local() bool { return strings.HasPrefix(r.URL, "/") }

// WriteTo responds with the redirect and its cookies. It replaces http.Redirect, which
// would change a URL that has been checked, and http.SetCookie, which would double
// cookies. A request from htmx gets HX-Redirect, since it cannot follow a redirect to
// the provider. A form, or a URL that is too long for a header, gets a page with a
// button that leads on.
func (next Redirect) WriteTo(w http.ResponseWriter, r *http.Request) {
	htmx := r.Header.Get("HX-Request") == "true"
	header, status := "Location", http.StatusSeeOther
	if htmx {
		header, status = "HX-Redirect", http.StatusOK
	}
	if next.SetHeader(w, header) {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprint(w, next.page())
}

// SetHeader sets the cookies and the header that redirects, "Location" or "HX-Redirect".
// It returns false, without that header, if a form must be posted or the URL is too long:
// then the response must be a page that leads on.
func (next Redirect) SetHeader(w http.ResponseWriter, name string) bool {
	needed, cleared := splitCookies(next.Cookies)
	SetCookies(w, needed)
	sent := next.Form == nil && fits(w.Header(), name, next.URL)
	if sent {
		w.Header().Set(name, next.URL)
	}
	SetCookies(w, cleared)
	return sent
}

// page leads to the next page by a button.
func (next Redirect) page() string {
	const start = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Continue</title>`
	if next.Form == nil {
		return start + `<a href="` + html.EscapeString(next.URL) + `">Continue</a>`
	}
	var fields strings.Builder
	for _, name := range slices.Sorted(maps.Keys(next.Form)) {
		fmt.Fprintf(&fields, `<input type="hidden" name="%s" value="%s">`, html.EscapeString(name), html.EscapeString(next.Form.Get(name)))
	}
	return start + `<form method="post" action="` + html.EscapeString(next.URL) + `">` + fields.String() + `<button>Continue</button></form>`
}

// maxHeader limits all headers of a response together, in bytes. Proxies have a
// buffer for them, nginx one of 4 KB by default, and answer 502 if they do not fit.
// The headers whose length varies are set below: cookies, and the URL of a redirect.
const maxHeader = 3500

// otherHeaders is reserved for what is not in the header map yet: status line, Date,
// Content-Length, and the headers of the page that may follow.
const otherHeaders = 200

// headerSize is the length of a response's headers on the wire.
func headerSize(h http.Header) int {
	size := otherHeaders
	for name, values := range h {
		for _, value := range values {
			size += len(name) + len(": \r\n") + len(value)
		}
	}
	return size
}

// fits reports whether a header can be added.
func fits(h http.Header, name, value string) bool {
	return headerSize(h)+len(name)+len(": \r\n")+len(value) <= maxHeader
}

// SetCookies sets the cookies of a response, each replacing one of its name in the response (RFC 6265
// section 4.1.1); http.SetCookie would add to it. Cleared cookies come last, and only
// as many as fit: the others are cleared in the next response.
func SetCookies(w http.ResponseWriter, cookies []*http.Cookie) {
	h := w.Header()
	cookies = slices.Clone(cookies)
	slices.SortStableFunc(cookies, func(x, y *http.Cookie) int { return y.MaxAge - x.MaxAge })
	for _, c := range cookies {
		h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(line string) bool {
			return strings.HasPrefix(line, c.Name+"=")
		})
		line := c.String()
		if c.MaxAge > 0 && !fits(h, "Set-Cookie", line) {
			dropBrowserCookie(h)
		}
		if c.MaxAge > 0 || fits(h, "Set-Cookie", line) {
			h.Add("Set-Cookie", line)
		}
	}
}

// dropBrowserCookie frees the space of the cookie that tells browsers apart: the next
// response sets it too.
func dropBrowserCookie(h http.Header) {
	h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(line string) bool {
		return strings.HasPrefix(strings.TrimPrefix(line, "__Host-"), BrowserCookie+"=")
	})
}

// splitCookies separates the cookies that are set from those that are cleared, which
// get the space that is left.
func splitCookies(cookies []*http.Cookie) (needed, cleared []*http.Cookie) {
	for _, c := range cookies {
		if c.MaxAge > 0 {
			needed = append(needed, c)
		} else {
			cleared = append(cleared, c)
		}
	}
	return needed, cleared
}
