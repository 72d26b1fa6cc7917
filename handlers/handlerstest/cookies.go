package handlerstest

import (
	"net/http"
	"strings"
	"testing"
)

// CookieWatch is a browser's transport that checks the attributes of every cookie
// that the app sets.
type CookieWatch struct {
	TB     testing.TB
	Secure bool
	Next   http.RoundTripper
	App    *App
	Names  map[string]bool // the kinds of cookies seen
}

// RoundTrip implements http.RoundTripper.
func (cw *CookieWatch) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := cw.Next.RoundTrip(r)
	if err == nil && strings.HasPrefix(r.URL.String(), cw.App.URL) {
		for _, c := range resp.Cookies() {
			cw.check(c)
		}
	}
	return resp, err
}

// Without Expires, because a browser whose clock is wrong would drop the cookie.
func (cw *CookieWatch) check(c *http.Cookie) {
	name, host := strings.CutPrefix(c.Name, "__Host-")
	if host != cw.Secure || c.Secure != cw.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge == 0 || !c.Expires.IsZero() {
		cw.TB.Errorf("got cookie %s; want HttpOnly, SameSite=Lax, Path=/, a Max-Age, no Domain, no Expires; Secure and __Host-: %t", strings.SplitN(c.String(), "=", 2)[0], cw.Secure)
	}
	if len(c.String()) > 4096 {
		cw.TB.Errorf("cookie %s has %d bytes, more than browsers keep", c.Name, len(c.String()))
	}
	kind, ours := strings.CutPrefix(name, "latchkey.")
	if !ours {
		cw.TB.Errorf("got a cookie %s, want the prefix latchkey.", c.Name)
	}
	cw.Names[strings.SplitN(kind, ".", 2)[0]] = true
}

// ChangeFirstLetter returns a value that differs from s in its first letter.
func ChangeFirstLetter(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}
