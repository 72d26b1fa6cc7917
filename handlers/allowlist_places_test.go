package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

var outsidePlaces = map[string]func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser){
	"the callback of a sign-in": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		j := a.StartSignIn(t, b)
		for name, values := range o.query() {
			j.Query[name] = values
		}
		if page := j.Finish(); page.StatusCode != http.StatusSeeOther {
			t.Errorf("a callback with unknown parameters: got status %d, want 303", page.StatusCode)
		}
		tab := authtest.NewBrowser(t)
		tab.Client.Jar = b.Client.Jar
		events := a.WatchEvents(t, tab)
		o.profile(a, b)
		b.Post(a.URL+"/api/auth/signout", nil)
		for event := range events {
			o.areNotIn(t, "an event", event)
		}
	},
	"the callback of a failure": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		for _, code := range []string{"access_denied", "server_error", "invalid_request", "login_required", ""} {
			j := a.StartSignIn(t, b)
			j.Query.Del("code")
			for name, values := range o.query() {
				j.Query[name] = values
				j.Query.Set("error_description", j.Query.Get("error_description")+" "+values[0]) // has all of the values
			}
			j.Query.Set("error", code)
			j.Finish()
		}
		j := a.StartSignIn(t, b)
		j.Query.Set("iss", o.value("iss"))
		j.Finish()
		j = a.StartSignIn(t, b)
		name := o.value("a doubled name")
		j.Query[name] = []string{"x", "y"}
		j.Finish()
	},
	"the token endpoint": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		for _, but := range [][]string{{"token_type", "expires_in", "access_token", "id_token"}, {"expires_in", "id_token"}, {"token_type", "id_token"}, {"token_type", "expires_in"}, nil} {
			a.Provider.EditTokenResponse(func(doc map[string]any) { o.addTo(doc, but...) })
			a.TrySignIn(b)
			o.profile(a, b)
		}
		for _, body := range []string{`{"access_token": 1234567890123456789012345}`, `{"x":1234567890123456789012345e999}`, `{"expires_in":"%s"}`, `["%s"]`, `"%s"`, `%s`, `{"error":"invalid_grant","error_uri":"%s","%s":1}`, `error=x&%s=%s`} {
			body = strings.ReplaceAll(body, "%s", o.value(body))
			o.note("a number", "1234567890123456789012345")
			for _, status := range []int{200, 400, 500} {
				a.Provider.Handle(authtest.TokenEndpoint, authtest.Answer(status, "application/json", body))
				a.TrySignIn(b)
			}
		}
	},
	"the ID token": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		for _, name := range []string{"sub", "iss", "aud", "azp", "nonce", "at_hash", "exp", "iat", "nbf"} {
			value := o.value(name)
			a.Provider.EditIDToken(func(_, claims map[string]any) { claims[name] = value + strings.Repeat("x", 300) })
			a.TrySignIn(b)
		}
		for _, name := range []string{"alg", "kid", "typ", "crit", "jku", "x5u", "cty"} {
			value := o.value(name)
			a.Provider.EditIDToken(func(header, _ map[string]any) { header[name] = value })
			a.TrySignIn(b)
			token := a.Provider.LogoutToken(func(header, claims map[string]any) {
				header[name] = value
				o.addTo(claims, "aud", "exp", "iat", "sid")
			})
			b.Post(a.URL+"/api/auth/backchannel-logout/asgardeo", url.Values{"logout_token": {token}})
		}
	},
	"claims": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		listed := []string{"acr", "amr", "auth_time", "aud", "azp", "exp", "iat", "nonce"} // these are shown
		a.Provider.EditIDToken(func(_, claims map[string]any) { handlerstest.DropNames(claims); o.addTo(claims, listed...) })
		a.Provider.EditUserinfo(func(claims map[string]any) { o.addTo(claims, listed...) })
		a.SignIn(t, b, authtest.Ada)
		o.profile(a, b)
	},
	"the userinfo endpoint": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		a.Provider.EditIDToken(func(_, claims map[string]any) { handlerstest.DropNames(claims) })
		for _, body := range []string{`"%s"`, `["%s"]`, `%s`, `{"%s`, `{"sub":"%s"}`, `12345678901234567890123456`, `{"sub":1e99999}`} {
			body = strings.ReplaceAll(body, "%s", o.value(body))
			o.note("a number", "12345678901234567890123456")
			a.Provider.Handle(authtest.UserinfoEndpoint, authtest.Answer(200, "application/json", body))
			a.TrySignIn(b)
		}
	},
	"invalid HTTP": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		for _, endpoint := range []authtest.Endpoint{authtest.TokenEndpoint, authtest.UserinfoEndpoint, authtest.SCIMEndpoint, authtest.RevocationEndpoint} {
			for _, raw := range []string{
				"%s\r\n\r\n", "HTTP/1.1 %s\r\n\r\n", "HTTP/1.1 400 %s\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\n%s\r\n\r\n",
				"HTTP/1.1 500 %s\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: %%%s\r\nContent-Length: 0\r\n\r\n",
				"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/%s\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
				"HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s",
				"HTTP/1.1 200 OK\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n%s\r\n\r\n",
				"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Type: %s\r\nContent-Length: 2\r\n\r\n{}",
			} {
				a.Provider.EditIDToken(func(_, claims map[string]any) { handlerstest.DropNames(claims) })
				a.Provider.Handle(endpoint, rawAnswer(strings.ReplaceAll(raw, "%s", o.value(raw))))
				a.TrySignIn(b)
				o.profile(a, b)
				b.Post(a.URL+"/api/auth/signout", nil)
			}
		}
	},
	"discovery": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		for _, edit := range []func(doc map[string]any){
			func(doc map[string]any) { o.addTo(doc) },
			func(doc map[string]any) { doc["jwks_uri"] = []any{o.value("jwks_uri")} },
			func(doc map[string]any) {
				doc["token_endpoint"] = "https://u:" + o.value("a password") + "@127.0.0.1:1/?" + o.value("a query")
			},
			func(doc map[string]any) { doc["token_endpoint"] = o.value("token_endpoint") },
			func(doc map[string]any) { doc["token_endpoint"] = "https://%%" + o.value("token_endpoint") },
			func(doc map[string]any) {
				doc["require_pushed_authorization_requests"] = 12345678901234567890123456789.0
			},
		} {
			a.Provider.EditDiscovery(edit)
			a.Restart(t)
			a.TrySignIn(b)
			a.Provider.EditDiscovery(nil)
		}
		a.Restart(t)
	},
	"a request's query": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		query := o.query("login_hint").Encode() // which fills in a field of the sign-in form
		for _, path := range []string{"/", "/api/auth/session", "/api/auth/callback/asgardeo", "/api/auth/signin/asgardeo", "/readyz", "/nothing", "/api/auth/initiate"} {
			b.Get(a.URL + path + "?" + query)
			if path != "/api/auth/session" { // it is sent again after signing in
				b.Post(a.URL+path+"?"+query, o.query("login_hint"))
			}
		}
	},
	"a request's path": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		for _, as := range []string{"signed out", "signed in"} {
			for _, path := range []string{"/%s", "/api/auth/%s", "/api/auth/callback/%s", "/api/auth/frontchannel-logout/%s", "/api/auth/assets/%s", "/api/auth/sessions/%s/end", "/profile/%s"} {
				path = strings.ReplaceAll(path, "%s", o.value(path+" "+as))
				b.Get(a.URL + path)
				if !strings.HasPrefix(path, "/api/auth/sessions/") { // a form that is sent again after signing in
					b.Post(a.URL+path, nil)
				}
			}
			for _, path := range []string{"/api/auth/signin/%s", "/api/auth/backchannel-logout/%s"} {
				b.Post(a.URL+strings.ReplaceAll(path, "%s", o.value(path+" "+as)), nil)
			}
			a.SignIn(t, b, authtest.Ada)
		}
	},
	"a request's method": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		for _, path := range []string{"/", "/profile", "/api/auth/session", "/api/auth/assets/app.css", "/nothing"} {
			r, err := http.NewRequestWithContext(t.Context(), o.value("the method"), a.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if resp, err := b.Client.Do(r); err == nil {
				resp.Body.Close()
			}
		}
	},
	"a request's headers": func(t *testing.T, a *handlerstest.App, o *outsideInput, b *authtest.Browser) {
		header := http.Header{}
		for _, name := range []string{
			"User-Agent", "Referer", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via", "Authorization",
			"X-Request-Id", "X-Correlation-Id", "Traceparent", "Accept", "Accept-Language", "HX-Current-URL", "HX-Target", "HX-Source", "HX-Request",
			"HX-Request-Type", "Sec-Fetch-Dest", "Sec-Purpose", "If-None-Match", "Range", "Last-Event-Id", "X-Api-Key", "Proxy-Authorization", "From",
		} {
			header.Set(name, o.value(name))
		}
		header.Set("User-Agent", fmt.Sprintf("%s/1.0 (X11; Linux x86_64) %s/2.0 (compatible; %s/2.1; +http://%s.example/bot)", o.value("a browser"), o.value("another"), o.value("a bot"), o.value("a URL")))
		b.Header = header
		a.TrySignIn(b)
		o.profile(a, b)
		b.Header = http.Header{"User-Agent": {o.value("a browser") + "/1.0 (" + o.value("a system") + ")"}, "Origin": {"https://" + strings.ToLower(o.value("an origin")) + ".example"}}
		b.Post(a.URL+"/api/auth/signout", nil)
		b.Header = header
		o.profile(a, b)
		b.Get(a.URL + "/nothing")
	},
}

// rawAnswer answers with bytes that need not be HTTP.
func rawAnswer(text string) authtest.Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer connection.Close()
			connection.Write([]byte(text))
		})
	}
}
