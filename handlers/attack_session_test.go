package handlers_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
)

const sessionName = "latchkey.session"

// Whoever signs in gets a token that nobody can have known before, and the one
// before is dead on the server (session fixation; ASVS 7.2.4).
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	a := start(t)
	attacker, victim := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.signIn(t, attacker, authtest.Grace)
	planted := a.cookieOf(attacker, sessionName)
	a.plant(victim, sessionName, planted)
	a.signIn(t, victim, authtest.Ada)
	if got := a.cookieOf(victim, sessionName); got == planted || got == "" {
		t.Errorf("the victim's session token is %q, want a new one, and not the attacker's", got)
	}
	if got := a.identity(attacker); !strings.HasPrefix(got, "null") {
		t.Errorf("with the planted token the attacker is %s, want nobody", got)
	}
	a.plant(victim, sessionName, strings.Repeat("A", 43))
	if got := a.identity(victim); !strings.HasPrefix(got, "null") {
		t.Errorf("with a token of their own making they are %s, want nobody", got)
	}
	a.signsIn(t, victim)
	if got := a.cookieOf(victim, sessionName); got == strings.Repeat("A", 43) {
		t.Error("a token that was planted came to life")
	}
}

// Cookies that are not ours, or not whole, mean "signed out", and never an error
// (RFC 6265bis section 8.6).
func TestStrangeSessionCookies(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	good := a.cookieOf(b, sessionName)
	for name, cookies := range map[string]string{
		"tossed, after ours":       sessionName + "=" + good + "; " + sessionName + "=evil",
		"tossed, before ours":      sessionName + "=evil; " + sessionName + "=" + good,
		"the same twice":           sessionName + "=" + good + "; " + sessionName + "=" + good,
		"cut":                      sessionName + "=" + good[:42],
		"longer":                   sessionName + "=" + good + "A",
		"a letter turned":          sessionName + "=" + turnedLetter(good),
		"empty":                    sessionName + "=",
		"without a value":          sessionName,
		"in quotes":                sessionName + `="evil"`,
		"of bytes":                 sessionName + "=\xff\xfe\x80",
		"8 KB":                     sessionName + "=" + strings.Repeat("evil", 2<<10),
		"under another name":       "latchkey.notice=" + good + "; latchkey.signin.A=" + good + "; latchkey.signout.A=" + good,
		"of a stranger's prefix":   "__Host-" + sessionName + "=" + good,
		"a path (CWE-22)":          sessionName + "=../../../../etc/passwd",
		"SQL (CWE-89)":             sessionName + "=%27%20OR%20%271%27=%271",
		"a thousand of other apps": strings.Repeat("evil=evil; ", 1000),
		"nothing but separators":   strings.Repeat(";=", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for path, want := range map[string]int{"/": 200, "/profile": 401, "/api/auth/session": 200} {
				req, err := http.NewRequest(http.MethodGet, a.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Cookie", cookies)
				page := send(t, authtest.NewBrowser(t), req)
				a.saysNothingEvil(t, page)
				if page.StatusCode != want || strings.Contains(page.Text, "Ada") {
					t.Errorf("%s: got status %d, want %d, and nobody signed in:\n%s", path, page.StatusCode, want, page.Text)
				}
			}
		})
	}
}

// A provider's id may be given to another issuer, as when one moves from a
// trial organisation to the real one. Whom the old issuer has vouched for is
// nobody there, and the new one gets none of the old one's tokens.
func TestSessionOfTheIssuerBefore(t *testing.T) {
	t.Parallel()
	a, b := start(t), authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	other := authtest.Start(t)
	other.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"}})
	issuer := func(p *authtest.Provider) func(*auth.Config, *handlers.Config) {
		return func(c *auth.Config, _ *handlers.Config) { c.Providers[0].Issuer = p.Issuer() }
	}
	a.restart(t, issuer(other))
	a.isOver(t, b)
	a.restart(t, issuer(a.Provider))
	if !a.isSignedIn(b) {
		t.Error("with the old issuer again: signed out, want signed in as before")
	}
	a.restart(t, issuer(other))
	a.signIn(t, b, authtest.Ada) // in place of the session before
	b.Post(a.URL+"/api/auth/signout", nil)
	eventually(t, "the new session's refresh token is revoked", func() bool { return len(other.Revoked()) > 0 })
	a.Auth.Close()
	if got := other.Requests(authtest.RevocationEndpoint); got != 1 {
		t.Errorf("the new issuer was asked to revoke %d tokens, want its own alone", got)
	}
}

// Whoever takes a provider out of the configuration believes it no longer. Its
// people are signed out, until it is back.
func TestSessionOfAProviderThatIsGone(t *testing.T) {
	t.Parallel()
	a, b := start(t), authtest.NewBrowser(t)
	a.addProvider(t)
	both := a.authConfig.Providers
	a.signInAt(t, b, "other", authtest.Ada)
	a.restart(t, func(c *auth.Config, _ *handlers.Config) { c.Providers = both[:1] })
	a.isOver(t, b)
	a.restart(t, func(c *auth.Config, _ *handlers.Config) { c.Providers = both })
	if !a.isSignedIn(b) {
		t.Error("with the provider back: signed out, want signed in as before")
	}
}

// A bomb of cookies is cleared a few at a time: answers stay below what common
// proxies take, and the person gets in.
func TestCookieBomb(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	for i := range 150 {
		a.plant(b, "latchkey.signin."+strings.Repeat("E", i%10)+string(rune('A'+i%26))+string(rune('A'+i/26)), "evil")
	}
	var fattest int
	for range 10 {
		page := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
		var header strings.Builder
		page.Header.Write(&header)
		fattest = max(fattest, header.Len())
	}
	if fattest > 4<<10 {
		t.Errorf("an answer had %d bytes of header, want 4 KB at most", fattest)
	}
	if got := len(a.cookies(b)); got > 20 {
		t.Errorf("the browser still carries %d cookies, want as many as sign-ins may be under way", got)
	}
	a.signsIn(t, b)
}

// Sign-ins begun and never finished are forgotten by the browser, the oldest
// first, and leave nothing in the store.
func TestSignInsNeverFinished(t *testing.T) {
	t.Parallel()
	s := &counting{Store: openStore(t, "memory:")}
	a := startOn(t, s)
	b := authtest.NewBrowser(t)
	for range 100 {
		b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {"/profile?" + strings.Repeat("a", 500)}})
	}
	size := 0
	for _, c := range a.cookies(b) {
		size += len(c.Name) + len(c.Value) + 3
	}
	if size > 8<<10 {
		t.Errorf("the browser carries %d bytes of cookies, want 8 KB at most", size)
	}
	if got := s.created.Load(); got != 0 {
		t.Errorf("%d records were stored for somebody who has not signed in, want none", got)
	}
	a.signsIn(t, b)
}

// Under https our cookies have names that a sibling host, and plain http, cannot
// set; the bare names are nothing to us (RFC 6265bis section 4.1.3.2).
func TestCookieNamesUnderHTTPS(t *testing.T) {
	t.Parallel()
	a := start(t, func(c *auth.Config, _ *handlers.Config) { c.URL = "https://app.example.com" })
	b := authtest.NewBrowser(t)
	b.Header = http.Header{"Origin": {"https://app.example.com"}} // as behind a proxy
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	if len(page.Cookies()) == 0 {
		t.Fatalf("got status %d and no cookie, want one", page.StatusCode)
	}
	for _, c := range page.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-latchkey.") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("the cookie is %v, want __Host-, Secure, HttpOnly, SameSite=Lax, Path=/ and no Domain", c)
		}
	}
}

func turnedLetter(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

// cookies are what the browser would send to the app.
func (a *app) cookies(b *authtest.Browser) []*http.Cookie {
	u, err := url.Parse(a.URL)
	if err != nil {
		panic(err) // the test server's
	}
	return b.Client.Jar.Cookies(u)
}

func (a *app) cookieOf(b *authtest.Browser, name string) string {
	for _, c := range a.cookies(b) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (a *app) plant(b *authtest.Browser, name, value string) {
	u, err := url.Parse(a.URL)
	if err != nil {
		panic(err) // the test server's
	}
	b.Client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// send sends a request as it stands.
func send(tb testing.TB, b *authtest.Browser, req *http.Request) *authtest.Page {
	tb.Helper()
	resp, err := b.Client.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return &authtest.Page{Response: resp, URL: req.URL.String(), Text: string(text), Redirect: resp.Header.Get("Location")}
}
