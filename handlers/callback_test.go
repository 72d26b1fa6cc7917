package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

// Some providers leave the state out of their errors. Nothing can be done by it,
// but the log says what the provider has said.
func TestErrorWithoutStateIsInTheLog(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	page := b.Get(a.URL + "/api/auth/callback/asgardeo?error=invalid_scope&error_description=The+scope+reports+is+not+allowed")
	a.refused(t, page, refusal{400, auth.StateUnknown, "invalid_scope The scope reports is not allowed"})
	if strings.Contains(page.Text, "reports") {
		t.Errorf("the page shows the provider's words:\n%s", page.Text)
	}
	page = b.Get(a.URL + "/api/auth/callback/asgardeo?state=x")
	if cause := a.cause(referenceOn(page)); strings.Contains(cause, "it says") {
		t.Errorf("without an error the log says %q", cause)
	}
}

// Programs that look at links before people do get nothing out of a callback,
// and use nothing up: they have no cookies of the person's.
func TestCallbackOpenedByAnotherProgramFirst(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	j := a.begin(t, b)
	for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodOptions, http.MethodPost} {
		req, err := http.NewRequestWithContext(t.Context(), method, j.callback.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if page := send(t, authtest.NewBrowser(t), req); page.StatusCode < 400 || len(page.Header["Set-Cookie"]) > 0 {
			t.Errorf("%s by a stranger: got status %d and cookies %q, want a refusal and none", method, page.StatusCode, page.Header["Set-Cookie"])
		}
	}
	if page := j.goOn(); page.Redirect != a.URL+"/profile" || !a.isSignedIn(b) {
		t.Errorf("the person's own: got status %d to %q, want to be signed in, at /profile", page.StatusCode, page.Redirect)
	}
}

// Where a person was heading, with everything in it.
func TestWayBackKeepsEveryCharacter(t *testing.T) {
	t.Parallel()
	a := start(t)
	for heading, want := range map[string]string{
		"/#/settings/profile":                                 "/#/settings/profile",
		"/events?city=a&start=2026-01-01&end=b%26c":           "/events?city=a&start=2026-01-01&end=b%26c",
		"/a?next=%2Fb%3Fc%3Dd%26e#frag=1&x":                   "/a?next=%2Fb%3Fc%3Dd%26e#frag=1&x",
		"/search?q=a+b%2Bc%20d":                               "/search?q=a+b%2Bc%20d",
		"/x?u=https://app.example/y":                          "/x?u=https://app.example/y",
		"/%C3%9Cbersicht?q=gr%C3%B6%C3%9Fe":                   "/%C3%9Cbersicht?q=gr%C3%B6%C3%9Fe",
		"/Übersicht?q=größe":                                  "/%C3%9Cbersicht?q=gr%C3%B6%C3%9Fe",
		a.URL + "/reports/?year=2026":                         "/reports/?year=2026",
		strings.ToUpper(a.URL[:4]) + a.URL[4:] + "/reports#x": "/reports#x",
	} {
		b := authtest.NewBrowser(t)
		page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {heading}})
		if got := b.Get(b.SignIn(page.Redirect, authtest.Ada)).Header.Get("Location"); got != want {
			t.Errorf("heading for %q: got %q, want %q", heading, got, want)
		}
	}
}
