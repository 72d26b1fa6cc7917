package authtest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

func TestLoginPage(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	b := authtest.NewBrowser(t)
	page := b.Walk(rp.authorizationURL("login_hint", "grace"))
	for _, want := range []string{"Ada Lovelace", "Grace Hopper", authtest.Password, `value="grace"`, `<label for="password">`} {
		if !strings.Contains(page.Text, want) {
			t.Errorf("login page: %q is not on it", want)
		}
	}
	if csp := page.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("content security policy: got %q, want a strict one", csp)
	}
	page = b.Post(page.URL, url.Values{"username": {"grace"}, "password": {"wrong"}})
	if page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Text, "Please try again") {
		t.Errorf("wrong password: got %d, want 422 and the login page", page.StatusCode)
	}
	style := b.Get(rp.provider.URL + "/t/dev/login.css")
	if got := style.Header.Get("Content-Type"); style.StatusCode != http.StatusOK || !strings.HasPrefix(got, "text/css") {
		t.Errorf("style sheet: got %d and %s, want 200 and CSS", style.StatusCode, got)
	}
}

// A request without a valid redirect URI gets an error page; others, an error response.
func TestAuthorizationRequestsRefused(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	tests := map[string]struct {
		params []string
		want   string // the error response; empty: an error page
	}{
		"unknown client":           {[]string{"client_id", "other"}, ""},
		"redirect URI longer":      {[]string{"redirect_uri", redirectURI + "/"}, ""},
		"redirect URI with query":  {[]string{"redirect_uri", redirectURI + "?a=b"}, ""},
		"no redirect URI":          {[]string{"redirect_uri", ""}, ""},
		"unknown pushed request":   {[]string{"request_uri", "urn:ietf:params:oauth:request_uri:x"}, ""},
		"no PKCE":                  {[]string{"code_challenge", ""}, "invalid_request"},
		"PKCE plain":               {[]string{"code_challenge_method", "plain"}, "invalid_request"},
		"PKCE without method":      {[]string{"code_challenge_method", ""}, "invalid_request"},
		"implicit flow":            {[]string{"response_type", "token"}, "unauthorized_client"},
		"prompt=none, signed out":  {[]string{"prompt", "none"}, "login_required"},
		"prompt=none with another": {[]string{"prompt", "none login"}, "invalid_request"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := authtest.NewBrowser(t).Walk(rp.authorizationURL(test.params...))
			if test.want == "" && (page.StatusCode != http.StatusBadRequest || page.Redirect != "") {
				t.Errorf("got %d to %q, want 400 and no redirect", page.StatusCode, page.Redirect)
			}
			if got := query(t, page.Redirect).Get("error"); got != test.want {
				t.Errorf("error: got %q, want %q", got, test.want)
			}
			if got := query(t, page.Redirect).Get("state"); test.want != "" && got != "the-state" {
				t.Errorf("state: got %q, want the-state", got)
			}
		})
	}
}

func TestLoginPageCanBeUsedTwice(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	b := authtest.NewBrowser(t)
	page := b.Walk(rp.authorizationURL())
	for _, who := range []authtest.Person{authtest.Ada, authtest.Grace} {
		callback := b.Post(page.URL, url.Values{"username": {who.Username}, "password": {who.Password}}).Redirect
		if got := segment(t, str(t, rp.redeem(callback), "id_token"), 1)["sub"]; got != who.Subject {
			t.Errorf("sub: got %v, want that of %s", got, who.Name())
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	got := query(t, authtest.NewBrowser(t).Cancel(rp.authorizationURL()))
	if got.Get("error") != "access_denied" || got.Get("state") != "the-state" {
		t.Errorf("callback: got %v, want access_denied with state", got)
	}
}

// Which authorization requests show the login page to Ada, who has a session.
func TestLoginPageIsSkippedWithSession(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		params []string
		asks   bool
	}{
		"plain":                  {nil, false},
		"prompt=none":            {[]string{"prompt", "none"}, false},
		"prompt=login":           {[]string{"prompt", "login"}, true},
		"prompt=create":          {[]string{"prompt", "create"}, true},
		"prompt=select_account":  {[]string{"prompt", "select_account"}, true},
		"max_age not yet over":   {[]string{"max_age", "3600"}, false},
		"max_age over":           {[]string{"max_age", "0"}, true},
		"acr of the session":     {[]string{"acr_values", "LOA1"}, false},
		"another acr":            {[]string{"acr_values", "LOA2"}, true},
		"unknown acr":            {[]string{"acr_values", "gold"}, false},
		"login_hint for another": {[]string{"login_hint", "grace"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rp := newRelyingParty(t)
			b := authtest.NewBrowser(t)
			rp.signIn(b, authtest.Ada)
			page := b.Walk(rp.authorizationURL(test.params...))
			if asks := page.Redirect == ""; asks != test.asks {
				t.Errorf("asks for credentials: got %v, want %v", asks, test.asks)
			}
		})
	}
}

func TestSecondLoginKeepsSIDAndUpdatesAuthTime(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	b := authtest.NewBrowser(t)
	claims := func(params ...string) map[string]any {
		return segment(t, str(t, rp.signIn(b, authtest.Ada, params...), "id_token"), 1)
	}
	first := claims()
	again := claims("prompt", "login", "acr_values", "gold LOA2")
	if first["sid"] != again["sid"] || again["acr"] != "LOA2" {
		t.Errorf("got sid %v and acr %v, want the old sid %v and LOA2", again["sid"], again["acr"], first["sid"])
	}
	authTime := time.Unix(int64(again["auth_time"].(float64)), 0)
	if age := time.Since(authTime); age < 0 || age > time.Minute {
		t.Errorf("auth_time is %v ago, want a moment", age)
	}
	other := segment(t, str(t, rp.signIn(b, authtest.Grace, "prompt", "login"), "id_token"), 1)
	if other["sid"] == first["sid"] || other["sub"] != authtest.Grace.Subject {
		t.Errorf("Grace: got sid %v and sub %v, want her own", other["sid"], other["sub"])
	}
}

func TestWithPeople(t *testing.T) {
	t.Parallel()
	alan := authtest.Person{Subject: "1", Username: "alan", Password: "enigma", GivenName: "Alan", FamilyName: "Turing",
		Picture: "https://example.com/alan.png", Claims: map[string]any{"groups": "one", "nickname": "Prof"}}
	rp := newRelyingParty(t, authtest.WithPeople(alan))
	claims := segment(t, str(t, rp.signIn(authtest.NewBrowser(t), alan), "id_token"), 1)
	for name, want := range map[string]any{"picture": alan.Picture, "groups": "one", "nickname": "Prof", "name": "Alan Turing"} {
		if claims[name] != want {
			t.Errorf("%s: got %v, want %v", name, claims[name], want)
		}
	}
	if page := authtest.NewBrowser(t).Walk(rp.authorizationURL()); strings.Contains(page.Text, "Ada") {
		t.Error("the login page shows Ada, want Alan only")
	}
}

// A client without redirect URIs may return to any URL on a loopback host, after
// signing in and after signing out, and to no other host.
func TestClientWithoutRedirectURIsReturnsToLoopback(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]bool{
		"http://127.0.0.1:1234/back": true, "http://localhost/a/b": true, "https://[::1]:1/": true,
		"http://example.com/back": false, "http://localhost.example.com/": false,
	} {
		t.Run(uri, func(t *testing.T) {
			t.Parallel()
			rp := newRelyingParty(t)
			rp.client.RedirectURIs = nil
			rp.provider.Register(rp.client)
			b := authtest.NewBrowser(t)
			if page := b.Walk(rp.authorizationURL("redirect_uri", uri)); (page.StatusCode == http.StatusOK) != want {
				t.Errorf("authorization request: got status %d, want the login page: %t", page.StatusCode, want)
			}
			b.Walk(rp.authorizationURL("redirect_uri", "http://localhost/"))
			page := b.Walk(rp.endSessionURL("client_id", rp.client.ID, "post_logout_redirect_uri", uri))
			if (page.StatusCode == http.StatusOK) != want {
				t.Errorf("end session request: got status %d, want it accepted: %t", page.StatusCode, want)
			}
		})
	}
}

// An app can be configured with the issuer before the provider starts.
func TestWithURLStartsAtAKnownAddress(t *testing.T) {
	t.Parallel()
	before := httptest.NewServer(nil)
	known := before.URL
	before.Close()
	p := authtest.Start(t, authtest.WithURL(known+"/"))
	if page := authtest.NewBrowser(t).Get(known + string(authtest.DiscoveryEndpoint)); !strings.Contains(page.Text, `"issuer":"`+known) || p.URL != known {
		t.Errorf("got status %d and the URL %s, want the provider at %s", page.StatusCode, p.URL, known)
	}
}
