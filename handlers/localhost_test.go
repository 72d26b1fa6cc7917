package handlers_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
)

// Browsers keep cookies by host and not by port, so that two apps on localhost end
// each other's sign-ins. Under names of their own below localhost they do not.
func TestTwoAppsUnderNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := authtest.NewBrowser(t)
	var dialer net.Dialer
	b.Client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, _ := net.SplitHostPort(address)
		return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port)) // as browsers resolve these names
	}
	one, two := startNamed(t, "one.localhost"), startNamed(t, "two.localhost")
	one.signIn(t, b, authtest.Ada)
	two.signIn(t, b, authtest.Grace)
	for a, want := range map[*app]string{one: "Ada Lovelace", two: "Grace Hopper"} {
		if got := a.person(b); got != want {
			t.Errorf("%s: signed in as %q, want %q", a.URL, got, want)
		}
	}
	if b.Post(one.URL+"/api/auth/signout", nil); one.isSignedIn(b) || !two.isSignedIn(b) {
		t.Errorf("after signing out of one: signed in there %v, at two %v; want only two", one.isSignedIn(b), two.isSignedIn(b))
	}
}

// startNamed is start with another name for the loopback address.
func startNamed(tb testing.TB, host string) *app {
	tb.Helper()
	a := start(tb)
	u, err := url.Parse(a.URL)
	if err != nil {
		tb.Fatal(err)
	}
	a.URL = strings.Replace(a.URL, u.Hostname(), host, 1)
	a.Provider.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"}})
	a.restart(tb, func(c *auth.Config, _ *handlers.Config) { c.URL = a.URL })
	return a
}
