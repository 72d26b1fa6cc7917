package handlers_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// behindUndeclaredProxy runs the app with a TLS proxy that is not in TRUSTED_PROXIES,
// so that all clients have one address.
func behindUndeclaredProxy(tb testing.TB, sessions store.Store, options ...func(*auth.Config, *handlers.Config)) (a *handlerstest.App, newBrowser func() *authtest.Browser) {
	tb.Helper()
	a = handlerstest.StartOn(tb, sessions)
	inside, err := url.Parse(a.URL)
	if err != nil {
		tb.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(inside)
	forward.ErrorLog = log.New(io.Discard, "", 0)
	proxy := httptest.NewTLSServer(forward)
	tb.Cleanup(proxy.Close)
	a.URL = proxy.URL
	a.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"},
	})
	a.Restart(tb, append(options, func(c *auth.Config, _ *handlers.Config) { c.URL = a.URL })...)
	return a, func() *authtest.Browser {
		b := authtest.NewBrowser(tb)
		b.Client.Transport = proxy.Client().Transport
		return b
	}
}

func rateLimit(perMinute int) func(*auth.Config, *handlers.Config) {
	return func(_ *auth.Config, c *handlers.Config) { c.RateLimit = perMinute }
}

// signInUntilRefused starts sign-ins, each in the browser that next returns, and
// returns how many are accepted before one is rejected.
func signInUntilRefused(t *testing.T, a *handlerstest.App, atMost int, next func() *authtest.Browser) int {
	t.Helper()
	for n := range atMost + 1 {
		switch status := next().Post(a.URL+"/api/auth/signin/asgardeo", nil).StatusCode; status {
		case http.StatusSeeOther:
		case http.StatusTooManyRequests:
			return n
		default:
			t.Fatalf("press %d: got status %d, want 303 or 429", n, status)
		}
	}
	return atMost + 1
}

// If a proxy hides addresses, a client cannot use up the sign-ins of others: neither
// without cookies, nor with those of one browser.
func TestSharedProxyAddressDoesNotLockOutOthers(t *testing.T) {
	t.Parallel()
	const perMinute = 5
	a, newBrowser := behindUndeclaredProxy(t, handlerstest.OpenStore(t, "memory:"), rateLimit(perMinute))
	if got := signInUntilRefused(t, a, 3*perMinute, newBrowser); got != perMinute {
		t.Errorf("without cookies: got %d sign-ins, want %d", got, perMinute)
	}
	same := newBrowser()
	same.Get(a.URL)
	if got := signInUntilRefused(t, a, 3*perMinute, func() *authtest.Browser { return same }); got != perMinute {
		t.Errorf("one browser: got %d sign-ins, want %d", got, perMinute)
	}
	for range 2 {
		stranger := newBrowser()
		stranger.Get(a.URL + "/profile")
		if page := a.TrySignIn(stranger); page.StatusCode != http.StatusSeeOther || !a.HomeIsSignedIn(stranger) {
			t.Errorf("a stranger's sign-in meanwhile: got status %d, want them signed in:\n%s", page.StatusCode, page.Text)
		}
	}
	refused := newBrowser()
	if page := a.TrySignIn(refused); page.StatusCode != http.StatusTooManyRequests {
		t.Errorf("without cookies, still: got status %d, want 429", page.StatusCode)
	}
	if page := a.TrySignIn(refused); page.StatusCode != http.StatusSeeOther || !a.HomeIsSignedIn(refused) {
		t.Errorf("the same browser, with the cookie that it got: got status %d, want it signed in", page.StatusCode)
	}
}

// The cookie that tells browsers apart is set only if needed, with the attributes of
// our other cookies.
func TestBrowserCookie(t *testing.T) {
	t.Parallel()
	a, newBrowser := behindUndeclaredProxy(t, handlerstest.OpenStore(t, "memory:"), rateLimit(5))
	b := newBrowser()
	seen := &handlerstest.CookieWatch{TB: t, Secure: true, Next: b.Client.Transport, App: a, Names: map[string]bool{}}
	b.Client.Transport = seen
	for _, path := range []string{"/healthz", "/api/auth/assets/app.css", "/api/auth/session", "/api/auth/events"} {
		if page := b.Get(a.URL + path); len(page.Cookies()) > 0 {
			t.Errorf("GET %s: got cookies %v, want none", path, page.Cookies())
		}
	}
	if b.Get(a.URL); !seen.Names["browser"] {
		t.Error("the sign-in page set no cookie that tells browsers apart")
	}
	if page := b.Get(a.URL + "/profile"); len(page.Cookies()) > 0 {
		t.Errorf("a browser that has the cookie: got %v, want no more cookies", page.Cookies())
	}
	for name, option := range map[string]func(*auth.Config, *handlers.Config){
		"without a limit": rateLimit(0),
		"with a declared proxy": func(_ *auth.Config, c *handlers.Config) {
			c.RateLimit, c.TrustedProxies = 5, networks("127.0.0.1/32")
		},
	} {
		a.Restart(t, option)
		other := newBrowser()
		other.Header = http.Header{"X-Forwarded-For": {"203.0.113.9"}}
		if page := other.Get(a.URL); len(page.Cookies()) > 0 {
			t.Errorf("%s: got cookies %v, want none", name, page.Cookies())
		}
	}
}

// A client that discards its cookies is limited too.
func TestSharedProxyAddressIsLimited(t *testing.T) {
	t.Parallel()
	const perMinute = 2
	a, newBrowser := behindUndeclaredProxy(t, handlerstest.OpenStore(t, "memory:"), rateLimit(perMinute))
	got := signInUntilRefused(t, a, 30*perMinute, func() *authtest.Browser {
		b := newBrowser()
		b.Get(a.URL)
		return b
	})
	if got != 20*perMinute {
		t.Errorf("a new browser each time: got %d sign-ins, want %d", got, 20*perMinute)
	}
}

// A forged cookie, or the session cookie of someone else, does not identify a
// browser.
func TestForgedBrowserCookieIsIgnored(t *testing.T) {
	t.Parallel()
	const perMinute = 3
	a, newBrowser := behindUndeclaredProxy(t, handlerstest.OpenStore(t, "memory:"), rateLimit(perMinute))
	signIns, _ := url.Parse(a.URL)
	n := 0
	got := signInUntilRefused(t, a, 3*perMinute, func() *authtest.Browser {
		b := newBrowser()
		n++
		b.Client.Jar.SetCookies(signIns, []*http.Cookie{{Name: "__Host-latchkey.browser", Value: strings.Repeat("A", 60+n), Path: "/", Secure: true}})
		return b
	})
	if got != perMinute {
		t.Errorf("a forged cookie each time: got %d sign-ins, want %d", got, perMinute)
	}
}

// providerRequests counts the requests from the app to the provider. It waits for those
// that the app has started in the background.
func providerRequests(tb testing.TB, a *handlerstest.App) (n int) {
	tb.Helper()
	if _, err := a.Auth.SignIn(tb.Context(), auth.SignInRequest{Provider: "asgardeo"}); err != nil {
		tb.Fatal(err)
	}
	for _, e := range []authtest.Endpoint{authtest.DiscoveryEndpoint, authtest.JWKSEndpoint, authtest.TokenEndpoint, authtest.PAREndpoint, authtest.UserinfoEndpoint} {
		n += a.Provider.Requests(e)
	}
	return n
}

// A rejected request costs neither a store call nor a request to the provider,
// whatever its cookies and parameters.
func TestLimitsApplyBeforeStoreAccess(t *testing.T) {
	t.Parallel()
	form := "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		method, path string
		body         func(a *handlerstest.App) string
		allowed      int // of those without cookies, at a limit of 1
	}{
		"sign-in":              {http.MethodPost, "/api/auth/signin/asgardeo", nil, 1},
		"callback":             {http.MethodGet, "/api/auth/callback/asgardeo?code=junk&state=junk", nil, 2},
		"back-channel logout":  {http.MethodPost, "/api/auth/backchannel-logout/asgardeo", func(a *handlerstest.App) string { return "logout_token=" + a.Provider.LogoutToken(nil) }, 100},
		"front-channel logout": {http.MethodGet, "/api/auth/frontchannel-logout/asgardeo?sid=guess", nil, 1},
	} {
		for place, public := range map[string]string{"by address": "", "behind a proxy that hides addresses": "https://app.example.com"} {
			t.Run(name+", "+place, func(t *testing.T) {
				t.Parallel()
				s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
				a := handlerstest.StartOn(t, s, handlerstest.FrontChannelLogout, rateLimit(1), func(c *auth.Config, _ *handlers.Config) {
					if public != "" {
						c.URL = public
					}
				})
				send := func() int {
					var body string
					if c.body != nil {
						body = c.body(a)
					}
					r := httptest.NewRequest(c.method, c.path, strings.NewReader(body))
					r.Header.Set("Content-Type", form)
					for _, prefix := range []string{"", "__Host-"} {
						r.AddCookie(&http.Cookie{Name: prefix + "latchkey.session", Value: strings.Repeat("A", 43)})
					}
					w := httptest.NewRecorder()
					a.Handler().ServeHTTP(w, r)
					return w.Code
				}
				n := 0
				for ; n < 150 && send() != http.StatusTooManyRequests; n++ {
				}
				if allowed := c.allowed; n != allowed && (public == "" || n != 20*allowed) {
					t.Errorf("got %d requests before the limit, want %d", n, allowed)
				}
				before, provider := len(s.Calls()), providerRequests(t, a)
				for range 10 {
					if status := send(); status != http.StatusTooManyRequests {
						t.Fatalf("beyond the limit: got status %d, want 429", status)
					}
				}
				if calls := s.Calls()[before:]; len(calls) != 0 {
					t.Errorf("the rejected requests: got calls of the store %q, want none", calls)
				}
				if requests := providerRequests(t, a) - provider; requests != 0 {
					t.Errorf("the rejected requests: got %d requests to the provider, want none", requests)
				}
			})
		}
	}
}

// An invented code costs a token request and a used state, so callbacks are limited
// in proportion to sign-ins.
func TestCallbacksWithInventedCodesAreLimited(t *testing.T) {
	t.Parallel()
	const perMinute = 4
	for name, begin := range map[string]func(*testing.T, store.Store) (*handlerstest.App, func() *authtest.Browser){
		"by address": func(t *testing.T, s store.Store) (*handlerstest.App, func() *authtest.Browser) {
			return handlerstest.StartOn(t, s, rateLimit(perMinute)), func() *authtest.Browser { return authtest.NewBrowser(t) }
		},
		"behind a proxy that hides addresses": func(t *testing.T, s store.Store) (*handlerstest.App, func() *authtest.Browser) {
			return behindUndeclaredProxy(t, s, rateLimit(perMinute))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
			a, newBrowser := begin(t, s)
			for range 3 * perMinute {
				b := newBrowser()
				started := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
				if to, err := url.Parse(started.Redirect); err == nil && started.StatusCode == http.StatusSeeOther {
					b.Get(a.URL + "/api/auth/callback/asgardeo?code=junk&state=" + to.Query().Get("state"))
				}
			}
			if tokens, states := a.Provider.Requests(authtest.TokenEndpoint), s.Count("Create"); tokens > perMinute || states > perMinute || tokens == 0 {
				t.Errorf("got %d token requests and %d used states, want some, and no more than %d", tokens, states, perMinute)
			}
		})
	}
}
