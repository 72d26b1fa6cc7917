package auth_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// Eight concurrent requests of one callback at two replicas redeem the code once;
// all of them are redirected to the callback URL.
func TestCallbackRedeemsCodeOnceAcrossReplicas(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	replicas := []string{a.URL, a.StartReplica(t)}
	b := authtest.NewBrowser(t)
	j := a.StartSignIn(t, b)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			resp, err := b.Client.Get(replicas[i%2] + j.Callback.RequestURI())
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/profile" {
				t.Errorf("got status %d to %q, want 303 to /profile", resp.StatusCode, resp.Header.Get("Location"))
			}
		})
	}
	all.Wait()
	if got := a.Provider.Requests(authtest.TokenEndpoint); got != 1 {
		t.Errorf("the code was redeemed %d times, want once", got)
	}
	if !a.HomeIsSignedIn(b) {
		t.Errorf("signed out, want signed in; log:\n%s", a.Log)
	}
}

// A used state redirects a signed-in browser to its callback URL without a
// request to the provider, and is refused in a signed-out browser.
func TestCallbackRefusesReusedState(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	j := a.StartSignIn(t, b)
	for range 3 {
		if page := j.Finish(); page.StatusCode != http.StatusSeeOther || page.Redirect != a.URL+"/profile" {
			t.Errorf("got status %d to %q, want 303 to /profile", page.StatusCode, page.Redirect)
		}
	}
	if got := a.Provider.Requests(authtest.TokenEndpoint); got != 1 {
		t.Errorf("the code was redeemed %d times, want once", got)
	}
	b.Post(a.URL+"/api/auth/signout", nil)
	a.AssertRefused(t, j.Finish(), 400, auth.StateUsed, "has used the callback's state before")
	a.AssertSignInWorks(t, b)
}

// An error response and a failed token request use the state up as well (RFC 6749
// section 10.12).
func TestCallbackUsesStateUpOnError(t *testing.T) {
	t.Parallel()
	says := func(code, reason string) func(*handlerstest.PendingSignIn) {
		return func(j *handlerstest.PendingSignIn) {
			j.Query = url.Values{"state": j.Query["state"], "error": {code}, "error_description": {reason}}
		}
	}
	for name, edit := range map[string]func(*handlerstest.PendingSignIn){
		"access_denied":   says("access_denied", "not on the list"),
		"canceled":        says("access_denied", ""),
		"server_error":    says("server_error", ""),
		"invalid_request": says("invalid_request", ""),
		"login_required":  says("login_required", ""),
		"unknown":         says("strange", ""),
		"a wrong code":    set("code", "junk"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			b := authtest.NewBrowser(t)
			j := a.StartSignIn(t, b)
			good := maps.Clone(j.Query)
			copied := copyBrowser(t, a, b)
			edit(j)
			j.Finish()
			j.Query = good
			a.AssertRefused(t, j.Finish(), 400, auth.StateUsed, "has used the callback's state before")
			copied.Get(j.Callback.String()) // with the cookie as it was before the error
			if a.IsSignedIn(b) || a.IsSignedIn(copied) {
				t.Error("a later code signed a browser in, want its state to be used up")
			}
			a.AssertSignInWorks(t, b)
		})
	}
}

// Tabs may finish their sign-ins in any order.
func TestCallbackAcceptsTabsInAnyOrder(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	tabs := []*handlerstest.PendingSignIn{a.StartSignIn(t, b), a.StartSignIn(t, b), a.StartSignIn(t, b)}
	for _, j := range []*handlerstest.PendingSignIn{tabs[1], tabs[2], tabs[0]} {
		if page := j.Finish(); page.Redirect != a.URL+"/profile" {
			t.Errorf("got status %d to %q, want 303 to /profile", page.StatusCode, page.Redirect)
		}
	}
	if !a.HomeIsSignedIn(b) {
		t.Error("signed out, want signed in")
	}
}

// A browser without cookies gets a page that says so. No sign-in restarts by
// itself, so that there is no redirect loop.
func TestCallbackWithoutCookies(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	j := a.StartSignIn(t, b)
	blocked := authtest.NewBrowser(t)
	blocked.Client.Jar = nil
	page := blocked.Walk(j.Callback.String())
	a.AssertRefused(t, page, 400, auth.StateUnknown, "")
	if !strings.Contains(page.Text, "cookies are blocked") || !strings.Contains(page.Text, `action="/api/auth/signin/asgardeo"`) {
		t.Errorf("the page lacks the advice about blocked cookies or the sign-in form:\n%s", page.Text)
	}
}
