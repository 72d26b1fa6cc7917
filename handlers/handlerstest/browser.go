package handlerstest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// SignIn signs a person in, and returns the page at the end.
func (a *App) SignIn(tb testing.TB, b *authtest.Browser, who authtest.Person) *authtest.Page {
	tb.Helper()
	return a.signInAt(tb, b, "asgardeo", who)
}

func (a *App) signInAt(tb testing.TB, b *authtest.Browser, provider string, who authtest.Person) *authtest.Page {
	tb.Helper()
	page := b.Post(a.URL+"/api/auth/signin/"+provider, nil)
	if page.StatusCode != http.StatusSeeOther {
		tb.Fatalf("Sign in: got status %d, want 303; body:\n%s", page.StatusCode, page.Text)
	}
	return b.Walk(b.SignIn(page.Redirect, who))
}

// IsSignedIn reports whether GET /api/auth/session names a user.
func (a *App) IsSignedIn(b *authtest.Browser) bool {
	return strings.TrimSpace(b.Get(a.URL+"/api/auth/session").Text) != "null"
}

// Cookies returns the cookies that the browser would send to the app.
func (a *App) Cookies(b *authtest.Browser) []*http.Cookie {
	return b.Client.Jar.Cookies(a.parsedURL())
}

func (a *App) parsedURL() *url.URL {
	u, err := url.Parse(a.URL)
	if err != nil {
		panic(err) // the test server's
	}
	return u
}

// Cookie returns the value of one of the Cookies, or "".
func (a *App) Cookie(b *authtest.Browser, name string) string {
	for _, c := range a.Cookies(b) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// SetCookie adds a cookie for the app to the browser.
func (a *App) SetCookie(b *authtest.Browser, name, value string) {
	b.Client.Jar.SetCookies(a.parsedURL(), []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// FollowSignOut follows the redirects of a sign-out to the provider and back.
func (a *App) FollowSignOut(b *authtest.Browser, page *authtest.Page) *authtest.Page {
	for page.Redirect != "" {
		page = b.Walk(page.Redirect)
	}
	return page
}

// TrySignIn signs Ada in as far as possible, and returns the last response
// without following its redirect.
func (a *App) TrySignIn(b *authtest.Browser) *authtest.Page {
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	if page.StatusCode != http.StatusSeeOther {
		return page
	}
	return b.Get(b.SignIn(page.Redirect, authtest.Ada))
}

var referenceMark = regexp.MustCompile(`(?:<code>|"reference":")([A-Z2-7]{10})[<"]`)

// Reference returns the reference that an error page or a JSON error shows.
func Reference(page *authtest.Page) string {
	if match := referenceMark.FindStringSubmatch(page.Text); match != nil {
		return match[1]
	}
	return ""
}

// Identity returns the user that a browser is signed in as, with the session
// cookie, so that any change of either shows.
func (a *App) Identity(b *authtest.Browser) string {
	return b.Get(a.URL+"/api/auth/session").Text + a.Cookie(b, "latchkey.session")
}

// HomeIsSignedIn reports whether the home page greets a signed-in user.
func (a *App) HomeIsSignedIn(b *authtest.Browser) bool {
	return strings.Contains(b.Get(a.URL+"/").Text, "You are now signed in!")
}

// RequireSignIn signs a person in at a provider, and stops the test on failure.
func (a *App) RequireSignIn(tb testing.TB, b *authtest.Browser, provider string, who authtest.Person) {
	tb.Helper()
	a.signInAt(tb, b, provider, who)
	if !a.IsSignedIn(b) {
		tb.Fatalf("signed out after signing in; log:\n%s", a.Log)
	}
}

// InRequest calls do with the context of a request from this browser.
func (a *App) InRequest(tb testing.TB, b *authtest.Browser, do func(ctx context.Context)) {
	tb.Helper()
	server := httptest.NewServer(a.Auth.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { do(r.Context()) })))
	defer server.Close()
	b.Get(server.URL)
}

// UserName returns the name of the signed-in user, or "".
func (a *App) UserName(b *authtest.Browser) string {
	var answer struct{ User struct{ Name string } }
	_ = json.Unmarshal([]byte(b.Get(a.URL+"/api/auth/session").Text), &answer) // null means signed out
	return answer.User.Name
}
