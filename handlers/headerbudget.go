package handlers

import (
	"net/http"
	"slices"
	"strings"

	"latchkey/auth"
)

// maxHeader is how long all headers of an answer may be together, in bytes. A proxy
// in front of us has a buffer for them, nginx one of 4 KB by default, and answers 502
// in our place where they do not fit. This file is where what varies in length
// becomes a header: cookies, and the URL of a redirect.
const maxHeader = 3500

// otherHeaders is what a response has besides the header map at this moment: status
// line, Date, Content-Length, and the headers of the page that may follow.
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

// fits reports whether a header can still be added.
func fits(h http.Header, name, value string) bool {
	return headerSize(h)+len(name)+len(": \r\n")+len(value) <= maxHeader
}

// setCookies sets cookies, each in place of the one of its name that the answer
// may have already (RFC 6265 section 4.1.1). Those that are cleared come last, and
// as many as fit: package auth clears again what is left.
func setCookies(w http.ResponseWriter, cookies []*http.Cookie) {
	h := w.Header()
	cookies = slices.Clone(cookies)
	slices.SortStableFunc(cookies, func(x, y *http.Cookie) int { return y.MaxAge - x.MaxAge })
	for _, c := range cookies {
		h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(line string) bool {
			return strings.HasPrefix(line, c.Name+"=")
		})
		line := c.String()
		if c.MaxAge > 0 && !fits(h, "Set-Cookie", line) {
			dropMark(h)
		}
		if c.MaxAge > 0 || fits(h, "Set-Cookie", line) {
			h.Add("Set-Cookie", line)
		}
	}
}

// dropMark makes room by leaving out the cookie that tells browsers apart: the next
// answer sets it as well.
func dropMark(h http.Header) {
	h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(line string) bool {
		return strings.HasPrefix(strings.TrimPrefix(line, "__Host-"), auth.BrowserCookie+"=")
	})
}

// splitCookies parts cookies that are set from those that are cleared, for which
// there is room when all else has its place.
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

// redirect sets the header by which the browser goes on to a URL, and reports
// whether there was room for it.
func redirect(h http.Header, name, url string) bool {
	if !fits(h, name, url) {
		return false
	}
	h.Set(name, url)
	return true
}
