package cookies

import (
	"net/http"
	"slices"
	"strings"
)

// maxHeader limits all headers of a response together, in bytes. Proxies have a buffer
// for them, nginx one of 4 KB by default, and answer 502 if they do not fit.
const maxHeader = 3500

// otherHeaders is reserved for what is not in the header map yet: the status line, Date,
// Content-Length, and the headers of the page that may follow.
const otherHeaders = 200

// Fits reports whether a header can be added to those of a response.
func Fits(h http.Header, name, value string) bool {
	size := otherHeaders + lineSize(name, value)
	for name, values := range h {
		for _, value := range values {
			size += lineSize(name, value)
		}
	}
	return size <= maxHeader
}

func lineSize(name, value string) int { return len(name) + len(": \r\n") + len(value) }

// Set sets the cookies of a response, each in place of one of its name (RFC 6265 section
// 4.1.1); http.SetCookie would add a second one. Cookies that are cleared come last, and
// only as many as fit: the next response clears the others. If a cookie does not fit, the
// spare one, which the next response sets too, makes room.
func Set(h http.Header, cookies []*http.Cookie, spare string) {
	cookies = slices.Clone(cookies)
	slices.SortStableFunc(cookies, func(x, y *http.Cookie) int { return y.MaxAge - x.MaxAge })
	for _, c := range cookies {
		remove(h, func(name string) bool { return name == c.Name })
		line := c.String()
		if c.MaxAge > 0 && !Fits(h, "Set-Cookie", line) {
			remove(h, func(name string) bool { return strings.TrimPrefix(name, hostPrefix) == spare })
		}
		if c.MaxAge > 0 || Fits(h, "Set-Cookie", line) {
			h.Add("Set-Cookie", line)
		}
	}
}

func remove(h http.Header, match func(name string) bool) {
	h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return match(name)
	})
}
