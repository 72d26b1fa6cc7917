package auth

import (
	"net/url"
	"path"
	"strings"
)

// maxCallbackURL is the longest callback URL, in bytes: the cookie of a
// sign-in under way has to hold it.
const maxCallbackURL = 2048

// callbackURL returns where to bring the person back to: raw as a local path,
// where it is one or an absolute URL on our own origin, and "/" for everything
// else. It never returns another site, nor one of the auth routes, which
// would lead in circles.
func (a *Auth) callbackURL(raw string) string {
	if raw == "" || len(raw) > maxCallbackURL || strings.ContainsFunc(raw, suspicious) {
		return "/"
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Opaque != "" || !a.ours(u) {
		return "/"
	}
	local := (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment, RawFragment: u.RawFragment}).String()
	if u.Path == "" {
		local = "/" + local
	}
	if !a.landable(u.Path) || strings.HasPrefix(local, "//") || len(local) > maxCallbackURL {
		return "/"
	}
	return local
}

// suspicious are the characters that browsers drop or rewrite before they
// read a URL: a backslash is a slash to them, and a line break is nothing.
func suspicious(r rune) bool {
	return r == '\\' || r < 0x21 || r == 0x7f || r == '\uFFFD'
}

// ours reports whether u, as a browser on our pages would resolve it, stays
// on our origin.
func (a *Auth) ours(u *url.URL) bool {
	if u.Scheme == "" && u.Host == "" {
		return strings.HasPrefix(u.Path, "/")
	}
	return u.Scheme+"://"+u.Host == a.origin
}

// landable reports whether a path is a page to land on: neither something
// that a browser could take for a host, nor an auth route.
func (a *Auth) landable(p string) bool {
	if p == "" {
		return true // an absolute URL of our origin without a path
	}
	if strings.HasPrefix(p, "//") || strings.ContainsFunc(p, suspiciousInPath) {
		return false
	}
	clean := path.Clean(p)
	return clean != a.basePath && !strings.HasPrefix(clean, a.basePath+"/")
}

// suspiciousInPath is suspicious for a path that has been decoded, where a
// space is harmless.
func suspiciousInPath(r rune) bool { return r != ' ' && suspicious(r) }
