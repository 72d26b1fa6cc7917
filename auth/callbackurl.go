package auth

import (
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"
)

// maxCallbackURL is the longest callback URL, in bytes: the cookie of a
// sign-in under way has to hold it.
const maxCallbackURL = 2048

// signedInPath, below the base path, is the page where the sign-in in a popup ends.
// It is the one auth route to return to: it leads nowhere.
const signedInPath = "/signed-in"

// callbackURL returns where to bring the person back to: raw as a local path,
// where it is one or an absolute URL on our own origin, and "/" for everything
// else. It never returns another site, nor one of the auth routes, which
// would lead in circles.
func (a *Auth) callbackURL(raw string) string {
	if raw == "" || len(raw) > maxCallbackURL || strings.ContainsFunc(raw, unsafeRune) {
		return "/"
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Opaque != "" || !a.sameOrigin(u) {
		return "/"
	}
	local := (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment, RawFragment: u.RawFragment}).String()
	if u.Path == "" {
		local = "/" + local
	}
	local = escapeNonASCII(local)
	if !a.isPage(u.Path) || !strings.HasPrefix(local, "/") || strings.HasPrefix(local, "//") || len(local) > maxCallbackURL {
		return "/"
	}
	return local
}

// unsafeRune are the characters that browsers drop or rewrite before they
// read a URL: a backslash is a slash to them, and a line break is nothing.
func unsafeRune(r rune) bool {
	return r == '\\' || r < 0x21 || r == 0x7f || r == '\uFFFD'
}

// sameOrigin reports whether u, as a browser on our pages would resolve it, stays
// on our origin.
func (a *Auth) sameOrigin(u *url.URL) bool {
	if u.Scheme == "" && u.Host == "" {
		return strings.HasPrefix(u.Path, "/")
	}
	return originOf(u) == a.origin
}

// otherSite reports whether an Origin header names another host or scheme than
// ours. Ports share their cookies; "null" and nothing say nothing.
func (a *Auth) otherSite(origin string) bool {
	theirs, err := url.Parse(origin)
	if err != nil || theirs.Host == "" {
		return false
	}
	ours, _ := url.Parse(a.origin)
	return theirs.Scheme != ours.Scheme || !strings.EqualFold(theirs.Hostname(), ours.Hostname())
}

// escapeNonASCII percent-encodes quotes and what is not ASCII, as browsers do: the URL
// goes into a header, and into JSON.
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

// isPage reports whether a path is a page to land on: neither something
// that a browser could take for a host, nor an auth route. It has to be in its
// plain form, so that no two readers can see different paths in it.
func (a *Auth) isPage(p string) bool {
	if p == "" {
		return true // an absolute URL of our origin without a path
	}
	if strings.HasPrefix(p, "//") || strings.ContainsFunc(p, unsafePathRune) {
		return false
	}
	clean := path.Clean(p)
	if p != clean && p != clean+"/" {
		return false
	}
	return clean == a.basePath+signedInPath || clean != a.basePath && !strings.HasPrefix(clean, a.basePath+"/")
}

// unsafePathRune is suspicious for a path that has been decoded, where a
// space is harmless.
func unsafePathRune(r rune) bool { return r != ' ' && unsafeRune(r) }
