package handlers_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"latchkey/auth/authtest"
)

// A whole journey with everything that can go wrong on it, and then a search of
// all that is left of it: the log at debug level, everything that the app has
// said, and the database file. None of them holds a token, a code, a verifier,
// a state, a nonce, a secret or the value of a cookie. (What the app has to
// say to the browser and, by it, to the provider, is named at secretList.ours.)
func TestSecretsAtRestAndInFlight(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "latchkey.db")
	s := &moody{Store: openStore(t, "sqlite:"+file)}
	s.is(well)
	a := startOn(t, s, listenToFrontChannel)
	l := watchSecrets(a)
	for _, walk := range secretJourneys {
		b := authtest.NewBrowser(t)
		b.Client.Transport = l
		walk(t, a, l, b)
		a.Provider.Reset()
		l.watch()
	}
	a.Auth.Close() // what goes on behind logs too

	l.areNotIn(t, "the log", a.Log.String())
	for _, said := range l.said {
		l.areNotIn(t, "an answer", said)
	}
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(file + suffix)
		if err != nil || (suffix == "" && len(content) == 0) {
			t.Fatalf("the database file%s: got %d bytes and error %v", suffix, len(content), err)
		}
		l.areNotIn(t, "the database file"+suffix, string(content))
	}
	for _, kind := range []string{"AUTH_SECRET", "a code", "a code_verifier", "a logout token", "a nonce", "a state",
		"the access_token", "the client secret", "the client's credentials", "the cookie latchkey.notice", "the cookie latchkey.session",
		"the cookie latchkey.signin.", "the cookie latchkey.signout.", "the id_token", "the payload of the id_token", "the refresh_token"} {
		if !slices.Contains(l.kinds(), kind) {
			t.Errorf("the journey issued no %s: nothing was proved of it; it issued %q", kind, l.kinds())
		}
	}
}

type secretJourney func(t *testing.T, a *app, l *secretList, b *authtest.Browser)

var secretJourneys = map[string]secretJourney{
	"all goes well": func(t *testing.T, a *app, _ *secretList, b *authtest.Browser) {
		a.signInAt(t, b, "asgardeo", authtest.Ada)
		for _, path := range []string{"/", "/profile", "/api/auth/session", "/profile?code=x", "/readyz"} {
			b.Get(a.URL + path)
		}
		a.comeBack(b, b.Post(a.URL+"/api/auth/signout", nil))
	},
	"by htmx": func(t *testing.T, a *app, _ *secretList, b *authtest.Browser) {
		b.Header = asksForFragment
		begun := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
		b.Header = http.Header{}
		b.Walk(b.SignIn(begun.Header.Get("Hx-Redirect"), authtest.Ada))
		b.Header = asksForFragment
		b.Get(a.URL + "/profile")
		b.Post(a.URL+"/api/auth/signout", nil)
	},
	"a refresh, and one that is refused": func(t *testing.T, a *app, l *secretList, b *authtest.Browser) {
		a.Provider.EditTokenResponse(func(doc map[string]any) { l.noteTokens(doc); doc["expires_in"] = -5 })
		a.signInAt(t, b, "asgardeo", authtest.Ada)
		calls := startAPI(t, a, 1)
		b.Get(calls.replicas[0].URL)
		a.Provider.Handle(authtest.TokenEndpoint, l.echo(http.StatusBadRequest))
		b.Get(calls.replicas[0].URL)
	},
	"cancelled": func(t *testing.T, a *app, _ *secretList, b *authtest.Browser) {
		b.Walk(b.Cancel(b.Post(a.URL+"/api/auth/signin/asgardeo", nil).Redirect))
	},
	"the token endpoint echoes": func(t *testing.T, a *app, l *secretList, b *authtest.Browser) {
		for _, status := range []int{400, 401, 403, 500, 200} {
			a.Provider.Handle(authtest.TokenEndpoint, l.echo(status))
			a.attempt(b)
		}
	},
	"the token endpoint redirects, or is cut": func(t *testing.T, a *app, _ *secretList, b *authtest.Browser) {
		for _, f := range []authtest.Fault{authtest.RedirectTo("http://127.0.0.1:1/"), authtest.Cut, authtest.HTML, dropped} {
			a.Provider.Handle(authtest.TokenEndpoint, f)
			a.attempt(b)
		}
	},
	"ID tokens that are refused": func(t *testing.T, a *app, _ *secretList, b *authtest.Browser) {
		for _, f := range []func(*app){claim("nonce", "another"), claim("sub", nil), claim("exp", 1), claim("at_hash", "wrong")} {
			f(a)
			a.attempt(b)
		}
	},
	"the userinfo endpoint fails": func(t *testing.T, a *app, _ *secretList, b *authtest.Browser) {
		a.Provider.EditIDToken(func(_, claims map[string]any) { nameless(claims) })
		a.Provider.Handle(authtest.UserinfoEndpoint, authtest.Status(http.StatusUnauthorized))
		a.attempt(b)
	},
	"the way back is abused": func(t *testing.T, a *app, _ *secretList, b *authtest.Browser) {
		callback := b.SignIn(b.Post(a.URL+"/api/auth/signin/asgardeo", nil).Redirect, authtest.Ada)
		u, _ := url.Parse(callback)
		query := u.Query()
		stranger := authtest.NewBrowser(t)
		stranger.Client.Transport = b.Client.Transport
		stranger.Get(callback)
		b.Get(callback + "&code=" + query.Get("code"))
		b.Get(callback + "&iss=" + query.Get("code"))
		b.Get(a.URL + "/api/auth/callback/asgardeo?state=" + query.Get("state") + "&error=" + query.Get("code") + "&error_description=" + query.Get("state"))
		b.Get(callback)
		b.Get(callback)
		b.Get(a.URL + "/api/auth/callback/" + "unknown?" + u.RawQuery)
	},
	"logout tokens": func(t *testing.T, a *app, l *secretList, b *authtest.Browser) {
		a.signInAt(t, b, "asgardeo", authtest.Ada)
		for _, edit := range []editLogout{logoutClaim("nonce", "x"), logoutClaim("aud", "another"), logoutWithout("jti"), nil} {
			token := a.Provider.LogoutToken(edit)
			l.note("a logout token", token)
			for range 2 { // and replayed
				b.Post(a.URL+backChannel+"asgardeo", url.Values{"logout_token": {token}})
			}
		}
		b.Get(a.basePage("asgardeo", url.Values{"iss": {a.Provider.Issuer()}, "sid": {"unknown"}}))
	},
	"the revocation endpoint echoes": func(t *testing.T, a *app, l *secretList, b *authtest.Browser) {
		a.signInAt(t, b, "asgardeo", authtest.Ada)
		a.Provider.Handle(authtest.RevocationEndpoint, l.echo(http.StatusBadRequest))
		b.Post(a.URL+"/api/auth/signout", nil)
	},
	"the store is down": func(t *testing.T, a *app, _ *secretList, b *authtest.Browser) {
		a.signInAt(t, b, "asgardeo", authtest.Ada)
		a.Store.(*moody).is(down)
		for _, path := range []string{"/", "/profile", "/api/auth/session"} {
			b.Get(a.URL + path)
		}
		b.Post(a.URL+"/api/auth/signout", nil)
		a.Store.(*moody).is(well)
	},
	"cookies are tampered with": func(t *testing.T, a *app, _ *secretList, b *authtest.Browser) {
		begun := a.begin(t, b)
		for _, c := range a.cookies(b) {
			a.plant(b, c.Name, turnedLetter(c.Value))
		}
		begun.goOn()
		b.Get(a.URL + "/")
	},
}
