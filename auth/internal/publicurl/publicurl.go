// Package publicurl is about the app's own URLs: the public URL that the operator sets,
// and the pages under it to which a sign-in returns.
package publicurl

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"latchkey/auth/internal/oidc"
)

// URL is the app's public URL.
type URL struct {
	Origin   string // scheme://host[:port]
	BasePath string // of the auth routes, such as /api/auth
	Secure   bool   // whether it is https
}

const defaultBasePath = "/api/auth"

// Parse reads the app's public URL as the operator typed it. Its errors name the variable
// AUTH_URL.
func Parse(raw string) (URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err == nil && (u.User != nil || u.RawQuery != "" || u.Fragment != ""):
		return URL{}, errors.New("AUTH_URL: has a user, a query or a fragment. Leave only scheme, host and, if you want, the base path of the auth routes")
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return URL{}, fmt.Errorf("AUTH_URL: %q is not a URL. Set it to the app's public URL, such as https://app.example.com", raw)
	case u.Scheme == "http" && !oidc.IsLoopback(u.Hostname()):
		return URL{}, fmt.Errorf("AUTH_URL: %q is plain http on a public host, so anyone on the network could read the cookies. Use https (plain http is for localhost only)", raw)
	}
	if err := checkSpelling(u); err != nil {
		return URL{}, err
	}
	basePath := strings.TrimRight(u.Path, "/")
	if basePath == "" {
		basePath = defaultBasePath
	}
	return URL{Origin: originOf(u), BasePath: basePath, Secure: u.Scheme == "https"}, nil
}

// originOf returns the origin of a URL as browsers write it (RFC 6454 section 6.1,
// URL Standard section 4.5): in lower case and without the default port.
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

// plainPath matches a path that browsers, proxies and servers all read the same.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?$`)

// checkSpelling rejects a URL that browsers or providers would write differently: they
// compare the redirect URI and the origin byte for byte.
func checkSpelling(u *url.URL) error {
	for _, r := range u.Host {
		if r > '~' {
			return fmt.Errorf("AUTH_URL: browsers send the host %q in another form, which begins with xn--. Set AUTH_URL to that form: copy it from your browser's address bar", u.Host)
		}
	}
	if !plainPath.MatchString(u.EscapedPath()) {
		return errors.New("AUTH_URL: its path is the base path of the auth routes, and may contain letters, digits, - . _ ~ and single slashes. Set it to a path such as /api/auth, or leave it out")
	}
	return nil
}
