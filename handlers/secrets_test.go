package handlers_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// After sign-ins and sign-outs with every kind of failure, no token, code, verifier,
// state, nonce, secret or cookie value is in the log at debug level, in a response or
// in the database file. The exceptions are documented at secretList.ours.
func TestNoSecretsInLogsResponsesOrDatabase(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "latchkey.db")
	s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "sqlite:"+file)}
	a := handlerstest.StartOn(t, s, handlerstest.FrontChannelLogout)
	l := watchSecrets(a)
	for _, walk := range secretScenarios {
		b := authtest.NewBrowser(t)
		b.Client.Transport = l
		walk(t, a, l, b)
		a.Provider.Reset()
		l.watch()
	}
	a.Auth.Close() // background work logs too

	l.areNotIn(t, "the log", a.Log.String())
	for _, response := range l.responses {
		l.areNotIn(t, "a response", response)
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
			t.Errorf("no %s was issued: the test checks nothing of it; issued: %q", kind, l.kinds())
		}
	}
}

type secretScenario func(t *testing.T, a *handlerstest.App, l *secretList, b *authtest.Browser)

var secretScenarios = map[string]secretScenario{
	"success": func(t *testing.T, a *handlerstest.App, _ *secretList, b *authtest.Browser) {
		a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
		for _, path := range []string{"/", "/profile", "/api/auth/session", "/profile?code=x", "/readyz"} {
			b.Get(a.URL + path)
		}
		a.FollowSignOut(b, b.Post(a.URL+"/api/auth/signout", nil))
	},
	"by htmx": func(t *testing.T, a *handlerstest.App, _ *secretList, b *authtest.Browser) {
		b.Header = asksForFragment
		started := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
		b.Header = http.Header{}
		b.Walk(b.SignIn(started.Header.Get("Hx-Redirect"), authtest.Ada))
		b.Header = asksForFragment
		b.Get(a.URL + "/profile")
		b.Post(a.URL+"/api/auth/signout", nil)
	},
	"a refresh, and a rejected one": func(t *testing.T, a *handlerstest.App, l *secretList, b *authtest.Browser) {
		a.Provider.EditTokenResponse(func(doc map[string]any) { l.noteTokens(doc); doc["expires_in"] = -5 })
		a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
		calls := handlerstest.StartAPI(t, a, 1)
		b.Get(calls.Replicas[0].URL)
		a.Provider.Handle(authtest.TokenEndpoint, l.echo(http.StatusBadRequest))
		b.Get(calls.Replicas[0].URL)
	},
	"canceled": func(t *testing.T, a *handlerstest.App, _ *secretList, b *authtest.Browser) {
		b.Walk(b.Cancel(b.Post(a.URL+"/api/auth/signin/asgardeo", nil).Redirect))
	},
	"the token endpoint quotes the request": func(t *testing.T, a *handlerstest.App, l *secretList, b *authtest.Browser) {
		for _, status := range []int{400, 401, 403, 500, 200} {
			a.Provider.Handle(authtest.TokenEndpoint, l.echo(status))
			a.TrySignIn(b)
		}
	},
	"the token endpoint redirects or closes the connection": func(t *testing.T, a *handlerstest.App, _ *secretList, b *authtest.Browser) {
		for _, f := range []authtest.Fault{authtest.RedirectTo("http://127.0.0.1:1/"), authtest.Cut, authtest.HTML, handlerstest.DropConnection} {
			a.Provider.Handle(authtest.TokenEndpoint, f)
			a.TrySignIn(b)
		}
	},
	"refused ID tokens": func(t *testing.T, a *handlerstest.App, _ *secretList, b *authtest.Browser) {
		for name, value := range map[string]any{"nonce": "another", "sub": nil, "exp": 1, "at_hash": "wrong"} {
			a.Provider.EditIDToken(func(_, claims map[string]any) { claims[name] = value })
			a.TrySignIn(b)
		}
	},
	"the userinfo endpoint fails": func(t *testing.T, a *handlerstest.App, _ *secretList, b *authtest.Browser) {
		a.Provider.EditIDToken(func(_, claims map[string]any) { handlerstest.DropNames(claims) })
		a.Provider.Handle(authtest.UserinfoEndpoint, authtest.Status(http.StatusUnauthorized))
		a.TrySignIn(b)
	},
	"manipulated callbacks": func(t *testing.T, a *handlerstest.App, _ *secretList, b *authtest.Browser) {
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
	"logout tokens": func(t *testing.T, a *handlerstest.App, l *secretList, b *authtest.Browser) {
		a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
		for _, edit := range []func(header, claims map[string]any){
			func(_, claims map[string]any) { claims["nonce"] = "x" },
			func(_, claims map[string]any) { claims["aud"] = "another" },
			func(_, claims map[string]any) { delete(claims, "jti") },
			nil,
		} {
			token := a.Provider.LogoutToken(edit)
			l.note("a logout token", token)
			for range 2 { // and replayed
				b.Post(a.URL+"/api/auth/backchannel-logout/asgardeo", url.Values{"logout_token": {token}})
			}
		}
		b.Get(a.FrontChannelLogoutURL("asgardeo", url.Values{"iss": {a.Provider.Issuer()}, "sid": {"unknown"}}))
	},
	"the revocation endpoint quotes the request": func(t *testing.T, a *handlerstest.App, l *secretList, b *authtest.Browser) {
		a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
		a.Provider.Handle(authtest.RevocationEndpoint, l.echo(http.StatusBadRequest))
		b.Post(a.URL+"/api/auth/signout", nil)
	},
	"the store is down": func(t *testing.T, a *handlerstest.App, _ *secretList, b *authtest.Browser) {
		a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
		a.Store.(*storetest.Faulty).Set(storetest.Fails())
		for _, path := range []string{"/", "/profile", "/api/auth/session"} {
			b.Get(a.URL + path)
		}
		b.Post(a.URL+"/api/auth/signout", nil)
		a.Store.(*storetest.Faulty).Set(nil)
	},
	"modified cookies": func(t *testing.T, a *handlerstest.App, _ *secretList, b *authtest.Browser) {
		started := a.StartSignIn(t, b)
		for _, c := range a.Cookies(b) {
			a.SetCookie(b, c.Name, handlerstest.ChangeFirstLetter(c.Value))
		}
		started.Finish()
		b.Get(a.URL + "/")
	},
}
