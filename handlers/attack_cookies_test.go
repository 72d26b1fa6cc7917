package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
)

const newSecret = "the secret that a rotation brings, also long"

// startTLS serves the app by https too, and returns a browser that trusts it:
// from then on, https is the app's public URL.
func startTLS(tb testing.TB) (*app, *authtest.Browser) {
	tb.Helper()
	a := start(tb)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*a.handler.Load()).ServeHTTP(w, r)
	}))
	server.StartTLS()
	tb.Cleanup(server.Close)
	a.URL = server.URL
	a.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"},
	})
	a.restart(tb, func(c *auth.Config, _ *handlers.Config) { c.URL = a.URL })
	b := authtest.NewBrowser(tb)
	b.Client.Transport = server.Client().Transport
	return a, b
}

// Every cookie of a whole journey has the flags that the contract promises.
func TestCookieFlags(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := start(t), authtest.NewBrowser(t)
			if secure {
				a, b = startTLS(t)
			}
			seen := &cookieWatch{tb: t, secure: secure, next: b.Client.Transport, app: a, names: map[string]bool{}}
			b.Client.Transport = seen
			page := b.Walk(b.Cancel(b.Post(a.URL+"/api/auth/signin/asgardeo", nil).Redirect))
			if !strings.Contains(page.Text, "Sign-in canceled.") {
				t.Errorf("after Cancel: got\n%s", page.Text)
			}
			a.signInAt(t, b, "asgardeo", authtest.Ada)
			a.comeBack(b, b.Post(a.URL+"/api/auth/signout", nil))
			for _, kind := range []string{"session", "signin", "signout", "notice"} {
				if !seen.names[kind] {
					t.Errorf("the journey set no %s cookie: nothing was proved of it", kind)
				}
			}
		})
	}
}

// cookieWatch looks at every cookie that the app sets.
type cookieWatch struct {
	tb     testing.TB
	secure bool
	next   http.RoundTripper
	app    *app
	names  map[string]bool // kinds seen
}

func (cw *cookieWatch) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := cw.next.RoundTrip(r)
	if err == nil && strings.HasPrefix(r.URL.String(), cw.app.URL) {
		for _, c := range resp.Cookies() {
			cw.look(c)
		}
	}
	return resp, err
}

func (cw *cookieWatch) look(c *http.Cookie) {
	name, host := strings.CutPrefix(c.Name, "__Host-")
	if host != cw.secure || c.Secure != cw.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge == 0 {
		cw.tb.Errorf("got cookie %s; want HttpOnly, SameSite=Lax, Path=/, a Max-Age, no Domain; Secure and __Host-: %t", strings.SplitN(c.String(), "=", 2)[0], cw.secure)
	}
	if len(c.String()) > 4096 {
		cw.tb.Errorf("cookie %s has %d bytes, more than browsers keep", c.Name, len(c.String()))
	}
	kind, ours := strings.CutPrefix(name, "latchkey.")
	if !ours {
		cw.tb.Errorf("got a cookie %s, want ours to say so", c.Name)
	}
	cw.names[strings.SplitN(kind, ".", 2)[0]] = true
}

// The session cookie's Max-Age is the absolute end of the session.
func TestSessionCookieMaxAge(t *testing.T) {
	t.Parallel()
	a, b := start(t, func(c *auth.Config, _ *handlers.Config) { c.MaxAge, c.Idle = 100*time.Hour, time.Hour }), authtest.NewBrowser(t)
	page := b.Get(b.SignIn(b.Post(a.URL+"/api/auth/signin/asgardeo", nil).Redirect, authtest.Ada))
	for _, c := range page.Cookies() {
		if c.Name == "latchkey.session" && (c.MaxAge > 360_000 || c.MaxAge < 360_000-60) {
			t.Errorf("got Max-Age %d, want 360000, less the moment that it took", c.MaxAge)
		}
	}
}

// Secrets rotate in two steps: the new one behind the old one everywhere, then
// the other way round, then the old one goes. Nobody is signed out, and sign-ins
// and sign-outs under way are finished.
func TestSecretRotation(t *testing.T) {
	t.Parallel()
	secrets := func(list ...string) func(*auth.Config, *handlers.Config) {
		return func(c *auth.Config, _ *handlers.Config) { c.Secret, c.OldSecrets = list[0], list[1:] }
	}
	a, b := start(t), authtest.NewBrowser(t)
	oldSecret := a.authConfig.Secret
	a.signInAt(t, b, "asgardeo", authtest.Ada)
	who := a.identity(b)
	for _, step := range []struct {
		name string
		list []string
	}{
		{"step 1", []string{oldSecret, newSecret}},
		{"step 2", []string{newSecret, oldSecret}},
		{"step 1 again: a replica that is behind", []string{oldSecret, newSecret}},
		{"step 2 again", []string{newSecret, oldSecret}},
	} {
		underWay := a.begin(t, authtest.NewBrowser(t))
		a.restart(t, secrets(step.list...))
		if got := a.identity(b); got != who {
			t.Errorf("%s: got %s, want, as before, %s", step.name, got, who)
		}
		if page := underWay.goOn(); page.StatusCode != http.StatusSeeOther || !a.isHome(underWay.browser) {
			t.Errorf("%s: the sign-in under way got status %d, want somebody signed in", step.name, page.StatusCode)
		}
	}
	leaving := authtest.NewBrowser(t)
	a.signInAt(t, leaving, "asgardeo", authtest.Ada)
	out := leaving.Post(a.URL+"/api/auth/signout", nil)
	a.restart(t, secrets(newSecret))
	if page := a.comeBack(leaving, out); !strings.Contains(page.Text, endedBoth) {
		t.Errorf("the sign-out under way: got\n%s\nwant %q", page.Text, endedBoth)
	}
}

// In one step nothing is lost either: a record or a cookie under an unknown
// secret means "signed out" for that answer, and nothing is cleared, deleted or
// sealed again because of it.
func TestSecretRotationInOneStep(t *testing.T) {
	t.Parallel()
	a, b := start(t), authtest.NewBrowser(t)
	oldSecret := a.authConfig.Secret
	a.signInAt(t, b, "asgardeo", authtest.Ada)
	who := a.identity(b)
	underWay := a.begin(t, b) // in a second tab
	cookies := a.cookies(b)

	a.restart(t, func(c *auth.Config, _ *handlers.Config) { c.Secret = newSecret })
	for _, path := range []string{"/", "/profile", "/api/auth/session", "/api/auth/events"} {
		if page := b.Get(a.URL + path); len(page.Cookies()) != 0 || page.StatusCode >= 500 {
			t.Errorf("%s: got status %d and cookies %v, want nothing cleared and no failure", path, page.StatusCode, page.Cookies())
		}
	}
	if a.isHome(b) {
		t.Error("somebody is signed in by a record that does not open")
	}
	a.refused(t, underWay.goOn(), refusal{400, auth.StateUnknown, ""})
	b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	for _, c := range cookies {
		if a.cookieOf(b, c.Name) != c.Value {
			t.Errorf("the cookie %s has been changed or cleared", c.Name)
		}
	}

	a.restart(t, func(c *auth.Config, _ *handlers.Config) { c.Secret = oldSecret })
	if got := a.identity(b); got != who {
		t.Errorf("with the old secret again: got %s, want, as before, %s", got, who)
	}
	if page := underWay.goOn(); page.StatusCode != http.StatusSeeOther {
		t.Errorf("with the old secret again, the sign-in under way got status %d, want 303", page.StatusCode)
	}
}

// No sealed value passes for another: each cookie of a journey is put in the
// place of each other, and of the session.
func TestSealedCookiesDoNotPassForEachOther(t *testing.T) {
	t.Parallel()
	a := start(t)
	issued := a.sealedValues(t)
	for as := range issued {
		for of, value := range issued {
			b := authtest.NewBrowser(t)
			if as == of {
				continue
			}
			a.plant(b, as, value)
			page := b.Get(a.URL + "/")
			if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "Sign in") || strings.Contains(page.Text, "signed out of") || strings.Contains(page.Text, "Sign-in canceled") {
				t.Errorf("%s as %s: got status %d and\n%s\nwant the plain page for who is signed out", of, as, page.StatusCode, page.Text)
			}
			for _, kind := range []string{"latchkey.signin.", "latchkey.signout."} {
				state, ok := strings.CutPrefix(as, kind)
				if !ok {
					continue
				}
				back := b.Get(a.URL + "/api/auth/callback/asgardeo?code=x&state=" + url.QueryEscape(state))
				if back.StatusCode != http.StatusBadRequest {
					t.Errorf("%s as %s, on the way back: got status %d, want 400", of, as, back.StatusCode)
				}
			}
		}
	}
	if got := a.Provider.Requests(authtest.TokenEndpoint); got != 1 {
		t.Errorf("got %d codes redeemed, want the journey's one", got)
	}
}

// sealedValues walks a journey and returns a cookie of each secret kind, by name.
func (a *app) sealedValues(tb testing.TB) map[string]string {
	tb.Helper()
	issued := map[string]string{}
	note := func(page *authtest.Page) *authtest.Page {
		for _, c := range page.Cookies() {
			if c.Value != "" && c.Name != "latchkey.provider" {
				issued[c.Name] = c.Value
			}
		}
		return page
	}
	b := authtest.NewBrowser(tb)
	begun := note(b.Post(a.URL+"/api/auth/signin/asgardeo", nil))
	note(b.Get(b.SignIn(begun.Redirect, authtest.Ada)))
	out := note(b.Post(a.URL+"/api/auth/signout", nil))
	note(b.Get(b.Walk(out.Redirect).Redirect)) // the notice
	if len(issued) != 4 {
		tb.Fatalf("the journey issued %d kinds of cookies, want session, sign-in, sign-out and notice: %v", len(issued), issued)
	}
	return issued
}

// A sign-in under way belongs to one provider and one redirect URI: after a
// move to another URL, its callback is refused.
func TestSignInUnderWayAtAnotherRedirectURI(t *testing.T) {
	t.Parallel()
	a, b := start(t), authtest.NewBrowser(t)
	underWay := a.begin(t, b)
	a.restart(t, func(c *auth.Config, _ *handlers.Config) { c.URL = "http://localhost:1" })
	a.refused(t, underWay.goOn(), refusal{400, auth.StateUnknown, ""})
}
