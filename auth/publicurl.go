package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// splitURL takes AUTH_URL apart. It has been checked.
func splitURL(raw string) (origin, basePath string, secure bool) {
	u, _ := url.Parse(raw)
	basePath = strings.TrimRight(u.Path, "/")
	if basePath == "" {
		basePath = defaultBasePath
	}
	return originOf(u), basePath, u.Scheme == "https"
}

// originOf is the origin of a URL as browsers write it (RFC 6454 section 6.1,
// URL Standard section 4.5): people type capitals and the default port, which
// no browser sends.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if n, err := strconv.Atoi(u.Port()); err == nil && n != defaultPorts[u.Scheme] {
		host += ":" + strconv.Itoa(n)
	}
	return u.Scheme + "://" + host
}

var defaultPorts = map[string]int{"http": 80, "https": 443}

// plainPath is a path that every program on the way reads in the same way.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?$`)

// checkPublicURL refuses an AUTH_URL that browsers or providers would write in
// another way than we do: it is compared byte for byte, as the redirect URI is.
func checkPublicURL(u *url.URL) error {
	for _, r := range u.Host {
		if r > '~' {
			return fmt.Errorf("AUTH_URL: the host %q has letters that browsers send in another form. Write it in that form, which begins with xn--: copy it from your browser's address bar", u.Host)
		}
	}
	if !plainPath.MatchString(u.EscapedPath()) {
		return errors.New("AUTH_URL: its path is the base path of the auth routes, and may hold letters, digits, - . _ ~ and single slashes. Write it as /api/auth, or leave it out")
	}
	return nil
}
