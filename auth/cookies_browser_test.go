package auth_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// Browsers store cookies by host without the port, so that two apps on localhost
// replace each other's cookies. Names below localhost keep them apart.
func TestCookiesOfTwoAppsOnLocalhost(t *testing.T) {
	t.Parallel()
	b := authtest.NewBrowser(t)
	var dialer net.Dialer
	b.Client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, _ := net.SplitHostPort(address)
		return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port)) // as browsers resolve these names
	}
	one, two := startAtHost(t, "one.localhost"), startAtHost(t, "two.localhost")
	one.SignIn(t, b, authtest.Ada)
	two.SignIn(t, b, authtest.Grace)
	for a, want := range map[*handlerstest.App]string{one: "Ada Lovelace", two: "Grace Hopper"} {
		if got := a.UserName(b); got != want {
			t.Errorf("%s: signed in as %q, want %q", a.URL, got, want)
		}
	}
	if b.Post(one.URL+"/api/auth/signout", nil); one.IsSignedIn(b) || !two.IsSignedIn(b) {
		t.Errorf("after signing out of one: signed in at one: %v, at two: %v; want false, true", one.IsSignedIn(b), two.IsSignedIn(b))
	}
}

// startAtHost is Start with another name for the loopback address.
func startAtHost(tb testing.TB, host string) *handlerstest.App {
	tb.Helper()
	a := handlerstest.Start(tb)
	u, err := url.Parse(a.URL)
	if err != nil {
		tb.Fatal(err)
	}
	a.URL = strings.Replace(a.URL, u.Hostname(), host, 1)
	a.Provider.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"}})
	a.Restart(tb, func(c *auth.Config, _ *handlers.Config) { c.URL = a.URL })
	return a
}

// Too many sign-in cookies are cleared a few per response, so that the headers stay
// below the limits of common proxies, and sign-in works. Nothing is stored before a sign-in.
func TestCookieBombIsCleared(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
	a := handlerstest.StartOn(t, s)
	b := authtest.NewBrowser(t)
	for i := range 150 {
		a.SetCookie(b, "latchkey.signin."+strings.Repeat("E", i%10)+string(rune('A'+i%26))+string(rune('A'+i/26)), "evil")
	}
	var fattest int
	for range 10 {
		page := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
		var header strings.Builder
		page.Header.Write(&header)
		fattest = max(fattest, header.Len())
	}
	if fattest > 4<<10 {
		t.Errorf("a response has %d bytes of headers, want at most 4 KB", fattest)
	}
	if got := len(a.Cookies(b)); got > 20 {
		t.Errorf("the browser has %d cookies, want at most the number of pending sign-ins", got)
	}
	if got := s.Count("Create"); got != 0 {
		t.Errorf("%d records were stored before a sign-in, want none", got)
	}
	a.AssertSignInWorks(t, b)
}
