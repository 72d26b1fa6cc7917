package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// A third party's link shows the button of the provider that it names, filled in.
func TestInitiateFillsInTheButton(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	other := a.AddProvider(t)
	for _, c := range []struct {
		name         string
		query        url.Values
		status       int
		has, hasNone []string // in the page
	}{
		{"a provider", url.Values{"iss": {a.Provider.Issuer()}}, 200, []string{"/signin/asgardeo"}, []string{"/signin/other", `name="login_hint"`}},
		{"another one", url.Values{"iss": {other.Issuer()}}, 200, []string{"/signin/other"}, []string{"/signin/asgardeo"}},
		{"everything", url.Values{"iss": {a.Provider.Issuer()}, "login_hint": {"ada@example.com"}, "target_link_uri": {a.URL + "/profile?tab=1"}}, 200,
			[]string{`name="callbackUrl" value="/profile?tab=1"`, `name="login_hint" value="ada@example.com"`, "<bdi>ada@example.com</bdi>"}, nil},
		{"another site's target", url.Values{"iss": {a.Provider.Issuer()}, "target_link_uri": {"https://evil.example/"}}, 200, []string{`name="callbackUrl" value="/"`}, []string{"evil.example"}},
		{"a script as the target", url.Values{"iss": {a.Provider.Issuer()}, "target_link_uri": {"javascript:alert(1)"}}, 200, nil, []string{"javascript:alert"}},
		{"a hint that hides its end", url.Values{"iss": {a.Provider.Issuer()}, "login_hint": {"ada\u202ecba"}}, 200, nil, []string{`name="login_hint"`}},
		{"an unknown issuer", url.Values{"iss": {"https://evil.example"}}, 404, []string{"Sign-in option not found"}, []string{"evil.example"}},
		{"no issuer", nil, 404, nil, nil},
		{"two issuers", url.Values{"iss": {a.Provider.Issuer(), "https://evil.example"}}, 200, []string{"/signin/asgardeo"}, []string{"evil.example"}},
	} {
		for method, page := range map[string]*authtest.Page{
			"GET":               authtest.NewBrowser(t).Get(a.URL + "/api/auth/initiate?" + c.query.Encode()),
			"POST":              fromAnotherSite(t, a.URL+"/api/auth/initiate", c.query),
			"POST with a slash": fromAnotherSite(t, a.URL+"/api/auth/initiate/", c.query),
		} {
			if page.StatusCode != c.status || page.Redirect != "" {
				t.Errorf("%s, %s: got status %d to %q, want %d", c.name, method, page.StatusCode, page.Redirect, c.status)
			}
			for _, text := range c.has {
				if !strings.Contains(page.Text, text) {
					t.Errorf("%s, %s: got no %s in\n%s", c.name, method, text, page.Text)
				}
			}
			for _, text := range c.hasNone {
				if strings.Contains(page.Text, text) {
					t.Errorf("%s, %s: got %s in\n%s", c.name, method, text, page.Text)
				}
			}
		}
	}
	if got := a.Provider.Requests(authtest.AuthorizationEndpoint); got != 0 {
		t.Errorf("requests to the provider's login: got %d, want none without a click", got)
	}
}

// fromAnotherSite posts a form as a browser does from another site.
func fromAnotherSite(tb testing.TB, to string, form url.Values) *authtest.Page {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://portal.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	return authtest.NewBrowser(tb).Send(r)
}

// The person who initiated a sign-in signs in, and arrives at the target.
func TestInitiatedSignInReachesItsTarget(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	page := b.Get(a.URL + "/api/auth/initiate?" + url.Values{"iss": {a.Provider.Issuer()}, "target_link_uri": {a.URL + "/profile"}}.Encode())
	if page.StatusCode != http.StatusOK {
		t.Fatalf("got status %d, want 200", page.StatusCode)
	}
	page = b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {"/profile"}})
	if page = b.Get(b.SignIn(page.Redirect, authtest.Ada)); page.Redirect != a.URL+"/profile" {
		t.Errorf("after the sign-in: got status %d to %q, want /profile", page.StatusCode, page.Redirect)
	}
}
