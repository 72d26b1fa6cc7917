package handlers_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// networks returns proxies to trust.
func networks(all ...string) (parsed []netip.Prefix) {
	for _, network := range all {
		parsed = append(parsed, netip.MustParsePrefix(network))
	}
	return parsed
}

// Sign-ins are limited by client address, found by TRUSTED_PROXIES. "%d" is another
// number in each request.
func TestSignInLimit(t *testing.T) {
	t.Parallel()
	const limit = 5
	for name, c := range map[string]struct {
		trusted   []netip.Prefix
		forwarded string
		limited   bool
	}{
		"one address":                           {nil, "", true},
		"an address that it says itself":        {nil, "203.0.113.%d", true},
		"one address, through the proxy":        {networks("127.0.0.0/8"), "203.0.113.9", true},
		"addresses, through the proxy":          {networks("127.0.0.0/8"), "203.0.113.%d", false},
		"one that says more before it":          {networks("127.0.0.0/8"), "198.51.100.%d, 203.0.113.9", true},
		"through two proxies":                   {networks("127.0.0.0/8", "10.0.0.0/8"), "198.51.100.%d, 203.0.113.9, 10.1.2.3", true},
		"one /64":                               {networks("127.0.0.0/8"), "2001:db8:1:2::%d", true},
		"a /64 each":                            {networks("127.0.0.0/8"), "2001:db8:1:%d::1", false},
		"an IPv4 address as IPv6":               {networks("127.0.0.0/8"), "::ffff:203.0.113.9", true},
		"what is no address":                    {networks("127.0.0.0/8"), "evil-%d", true},
		"an address from outside the proxies":   {networks("192.0.2.0/24"), "203.0.113.%d", true},
		"addresses with ports":                  {networks("127.0.0.0/8"), "203.0.113.%d:5111", false},
		"one address with many ports":           {networks("127.0.0.0/8"), "203.0.113.9:%d", true},
		"a /64 each, with ports":                {networks("127.0.0.0/8"), "[2001:db8:1:%d::1]:5111", false},
		"a /64 each, in brackets":               {networks("127.0.0.0/8"), "[2001:db8:1:%d::1]", false},
		"one /64 with many ports":               {networks("127.0.0.0/8"), "[2001:db8:1:2::1]:%d", true},
		"a proxy with a port":                   {networks("127.0.0.0/8", "10.0.0.0/8"), "203.0.113.%d:5111, 10.1.2.3:4711", false},
		"an address with a zone":                {networks("127.0.0.0/8"), "fe80::1%%%d", true},
		"the header empty":                      {networks("127.0.0.0/8"), "", true},
		"an address before what is no address":  {networks("127.0.0.0/8"), "203.0.113.%d, evil", true},
		"the proxy's own address, sent by them": {networks("127.0.0.0/8"), "127.0.0.%d", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t, func(_ *auth.Config, hc *handlers.Config) { hc.RateLimit, hc.TrustedProxies = limit, c.trusted })
			b := authtest.NewBrowser(t)
			var page *authtest.Page
			for i := range 3 * limit {
				forwarded := c.forwarded
				if strings.Contains(forwarded, "%d") {
					forwarded = fmt.Sprintf(forwarded, i+1)
				}
				b.Header = http.Header{"X-Forwarded-For": {forwarded}}
				page = b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
			}
			if limited := page.StatusCode == http.StatusTooManyRequests; limited != c.limited {
				t.Fatalf("the last of %d got status %d, want limited to be %v", 3*limit, page.StatusCode, c.limited)
			}
			if !c.limited {
				return
			}
			a.AssertRefused(t, page, 429, "too_many_sign_ins", "")
			if after, err := strconv.Atoi(page.Header.Get("Retry-After")); err != nil || after < 1 || after > 60 {
				t.Errorf("Retry-After is %q, want 1 to 60", page.Header.Get("Retry-After"))
			}
		})
	}
}

// With a proxy outside TRUSTED_PROXIES all its clients count as one: the log says so
// once.
func TestUndeclaredProxyIsLoggedOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted []netip.Prefix
		logged  int
	}{
		"no proxy is declared": {nil, 1},
		"another proxy is":     {networks("192.0.2.0/24"), 1},
		"this proxy is":        {networks("192.0.2.0/24", "127.0.0.0/8"), 0},
		"by an address alone":  {networks("127.0.0.1/32"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t, func(_ *auth.Config, hc *handlers.Config) { hc.TrustedProxies = c.trusted })
			b := authtest.NewBrowser(t)
			b.Get(a.URL)
			b.Header = http.Header{"X-Forwarded-For": {"203.0.113.9"}}
			b.Get(a.URL)
			b.Get(a.URL)
			if got := strings.Count(a.Log.String(), "outside TRUSTED_PROXIES"); got != c.logged {
				t.Errorf("got logged %d times, want %d; log:\n%s", got, c.logged, a.Log)
			}
		})
	}
}

// Beyond the limit, a started sign-in can be completed, and pages still work.
func TestSignInLimitDoesNotAffectOtherRoutes(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(_ *auth.Config, hc *handlers.Config) { hc.RateLimit = 3 })
	b := authtest.NewBrowser(t)
	j := a.StartSignIn(t, b)
	for range 10 {
		b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	}
	if page := j.Finish(); page.StatusCode != http.StatusSeeOther || !a.HomeIsSignedIn(b) {
		t.Errorf("got status %d, want the started sign-in to complete", page.StatusCode)
	}
}
