package e2e

import (
	"net/url"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// signInByHTTP gives the browser the cookies of someone who has just signed in. It takes
// a fraction of the time of signInAs, and is for tests of what follows a sign-in.
func (t *tab) signInByHTTP(p *program, who authtest.Person) {
	t.tb.Helper()
	b := authtest.NewBrowser(t.tb)
	p.signIn(t.tb, b, who)
	var set network.SetCookiesParams
	for _, site := range []string{p.URL, p.Provider.Issuer()} {
		u, err := url.Parse(site)
		if err != nil {
			t.tb.Fatal(err)
		}
		for _, cookie := range b.Client.Jar.Cookies(u) {
			set.Cookies = append(set.Cookies, &network.CookieParam{Name: cookie.Name, Value: cookie.Value, URL: site, Path: "/", HTTPOnly: true, SameSite: network.CookieSameSiteLax})
		}
	}
	if _, err := chromedp.Call(t.ctx, network.SetCookies, set); err != nil {
		t.tb.Fatal(err)
	}
}

// openSignedIn opens a page for someone who has just signed in.
func (t *tab) openSignedIn(p *program, path string, who authtest.Person) {
	t.tb.Helper()
	t.signInByHTTP(p, who)
	t.open(p.URL + path)
	t.sees(who.Name())
}
