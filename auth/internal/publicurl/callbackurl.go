package publicurl

import (
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"
)

// MaxCallbackURL is the longest callback URL, in bytes: the cookie of a pending sign-in
// contains it.
const MaxCallbackURL = 2048

// signedInPath, below the base path, is the page where the sign-in in a popup ends: the
// only auth route to return to.
const signedInPath = "/signed-in"

// CallbackURL returns the page to return to after a sign-in or sign-out. It is raw as a
// local path, if raw is one or is an absolute URL on our origin, and "/" otherwise. It is
// never another site, and of the auth routes only the page that ends a popup: any other
// could lead to a redirect loop.
func (app URL) CallbackURL(raw string) string {
	if raw == "" || len(raw) > MaxCallbackURL || strings.ContainsFunc(raw, unsafeRune) {
		return "/"
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Opaque != "" || !app.sameOrigin(u) {
		return "/"
	}
	local := (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment, RawFragment: u.RawFragment}).String()
	if u.Path == "" {
		local = "/" + local
	}
	local = escapeNonASCII(local)
	if !app.isPage(u.Path) || !strings.HasPrefix(local, "/") || strings.HasPrefix(local, "//") || len(local) > MaxCallbackURL {
		return "/"
	}
	return local
}

// unsafeRune reports whether browsers drop or rewrite a character before they parse a
// URL: they read a backslash as a slash, and ignore line breaks.
func unsafeRune(r rune) bool {
	return r == '\\' || r < 0x21 || r == 0x7f || r == '\uFFFD'
}

// sameOrigin reports whether u, as a browser on our pages would resolve it, stays
// on our origin.
func (app URL) sameOrigin(u *url.URL) bool {
	if u.Scheme == "" && u.Host == "" {
		return strings.HasPrefix(u.Path, "/")
	}
	return originOf(u) == app.Origin
}

// IsOtherSite reports whether an Origin header names another host or scheme than ours.
// The port does not matter, because ports share their cookies. An empty header and "null"
// name no host.
func (app URL) IsOtherSite(origin string) bool {
	theirs, err := url.Parse(origin)
	if err != nil || theirs.Host == "" {
		return false
	}
	ours, _ := url.Parse(app.Origin)
	return theirs.Scheme != ours.Scheme || !strings.EqualFold(theirs.Hostname(), ours.Hostname())
}

// escapeNonASCII percent-encodes quotes and non-ASCII characters, as browsers do: the URL
// is written to a header, and to JSON.
func escapeNonASCII(raw string) string {
	var b strings.Builder
	for i := range len(raw) {
		if raw[i] < utf8.RuneSelf && raw[i] != '"' {
			b.WriteByte(raw[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", raw[i])
		}
	}
	return b.String()
}

// isPage reports whether a decoded path is that of a page: neither something that a
// browser could take for a host, nor another auth route. It must be in its shortest form, so
// that no two programs can read it as different paths.
func (app URL) isPage(p string) bool {
	if p == "" {
		return true // an absolute URL of our origin without a path
	}
	unsafe := func(r rune) bool { return r != ' ' && unsafeRune(r) } // a space is harmless after decoding
	if strings.HasPrefix(p, "//") || strings.ContainsFunc(p, unsafe) {
		return false
	}
	clean := path.Clean(p)
	if p != clean && p != clean+"/" {
		return false
	}
	return clean == app.BasePath+signedInPath || clean != app.BasePath && !strings.HasPrefix(clean, app.BasePath+"/")
}
