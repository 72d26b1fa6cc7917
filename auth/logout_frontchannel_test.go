package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// sameAnswer returns the parts of a response that must not depend on the result.
func sameAnswer(page *authtest.Page) map[string]any {
	header := page.Header.Clone()
	header.Del("Date")
	for name := range header { // the limit's count depends on the client
		if strings.HasPrefix(name, "X-Ratelimit") {
			header.Del(name)
		}
	}
	return map[string]any{"status": page.StatusCode, "header": header, "body": page.Text}
}

// Only iss and sid together end a session (Front-Channel Logout 1.0 sections 2 and
// 3), and the response is the same whether they do or not.
func TestFrontChannelLogoutEndsSessionByIssAndSID(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, handlerstest.FrontChannelLogout)
	other := a.AddProvider(t)
	a.Restart(t, handlerstest.FrontChannelLogout)
	b := authtest.NewBrowser(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	iss, sid := a.Provider.Issuer(), a.Provider.Sessions()[0].SID
	stranger := authtest.NewBrowser(t)
	var first map[string]any
	for _, c := range []struct {
		name     string
		provider string
		query    url.Values
		browser  *authtest.Browser // nil means one without cookies
		ends     bool
	}{
		{"an unknown sid", "asgardeo", url.Values{"iss": {iss}, "sid": {"unknown"}}, nil, false},
		{"no parameters", "asgardeo", nil, nil, false},
		{"no parameters, in the signed-in browser", "asgardeo", nil, b, false},
		{"an unknown sid, in the signed-in browser", "asgardeo", url.Values{"iss": {iss}, "sid": {"unknown"}}, b, false},
		{"no iss", "asgardeo", url.Values{"sid": {sid}}, nil, false},
		{"no sid", "asgardeo", url.Values{"iss": {iss}}, nil, false},
		{"an empty sid", "asgardeo", url.Values{"iss": {iss}, "sid": {""}}, nil, false},
		{"another iss", "asgardeo", url.Values{"iss": {"https://evil.example"}, "sid": {sid}}, nil, false},
		{"iss with a trailing slash", "asgardeo", url.Values{"iss": {iss + "/"}, "sid": {sid}}, nil, false},
		{"another provider's iss", "asgardeo", url.Values{"iss": {other.Issuer()}, "sid": {sid}}, nil, false},
		{"another provider with its own iss", "other", url.Values{"iss": {other.Issuer()}, "sid": {sid}}, nil, false},
		{"another provider with the right provider's iss", "other", url.Values{"iss": {iss}, "sid": {sid}}, nil, false},
		{"duplicate iss", "asgardeo", url.Values{"iss": {iss, iss}, "sid": {sid}}, nil, false},
		{"duplicate sid", "asgardeo", url.Values{"iss": {iss}, "sid": {sid, sid}}, nil, false},
		{"the sub as sid", "asgardeo", url.Values{"iss": {iss}, "sid": {authtest.Ada.Subject}}, nil, false},
		{"the sid and 10 KB more", "asgardeo", url.Values{"iss": {iss}, "sid": {sid + strings.Repeat("x", 10_000)}}, nil, false},
		{"the right iss and sid", "asgardeo", url.Values{"iss": {iss}, "sid": {sid}}, nil, true},
		{"the same again", "asgardeo", url.Values{"iss": {iss}, "sid": {sid}}, nil, true},
	} {
		browser := c.browser
		if browser == nil {
			browser = stranger
		}
		page := browser.Get(a.FrontChannelLogoutURL(c.provider, c.query))
		if got := a.IsSignedIn(b); got == c.ends {
			t.Errorf("%s: signed in afterwards: %t, want %t", c.name, got, !c.ends)
		}
		if first == nil {
			first = sameAnswer(page)
		}
		if diff := cmp.Diff(first, sameAnswer(page)); diff != "" {
			t.Errorf("%s: the response depends on the result (-first +this):\n%s", c.name, diff)
		}
	}
}

func TestFrontChannelLogoutIsOffByDefault(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	query := url.Values{"iss": {a.Provider.Issuer()}, "sid": {a.Provider.Sessions()[0].SID}}
	for _, provider := range []string{"asgardeo", "unknown"} {
		if page := b.Get(a.FrontChannelLogoutURL(provider, query)); page.StatusCode != http.StatusNotFound || !a.IsSignedIn(b) {
			t.Errorf("%s: got status %d, signed in %t; want 404 and true", provider, page.StatusCode, a.IsSignedIn(b))
		}
	}
	if page := b.Post(a.FrontChannelLogoutURL("asgardeo", query), nil); page.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: got status %d, want 405", page.StatusCode)
	}
}

// The sid of an earlier session does not stop a pending sign-in.
func TestFrontChannelLogoutKeepsPendingSignIn(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t, handlerstest.FrontChannelLogout), authtest.NewBrowser(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	query := url.Values{"iss": {a.Provider.Issuer()}, "sid": {a.Provider.Sessions()[0].SID}}
	started := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	callback := b.SignIn(started.Redirect, authtest.Ada)
	b.Get(a.FrontChannelLogoutURL("asgardeo", query))
	if b.Walk(callback); !a.IsSignedIn(b) {
		t.Errorf("the pending sign-in was refused; log:\n%s", a.Log)
	}
}

// Front-channel requests cause no requests to the provider.
func TestFrontChannelLogoutSendsNoRequests(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, handlerstest.FrontChannelLogout)
	for range 5 {
		authtest.NewBrowser(t).Get(a.FrontChannelLogoutURL("asgardeo", url.Values{"iss": {a.Provider.Issuer()}, "sid": {"guess"}}))
	}
	for _, endpoint := range []authtest.Endpoint{authtest.DiscoveryEndpoint, authtest.JWKSEndpoint} {
		if got := a.Provider.Requests(endpoint); got != 0 {
			t.Errorf("got %d requests to %s, want none", got, endpoint)
		}
	}
}
