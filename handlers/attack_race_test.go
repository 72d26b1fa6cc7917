package handlers_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
)

// replica runs the app once more, on the same store, and returns where.
func (a *app) replica(tb testing.TB) string {
	tb.Helper()
	signIns, err := auth.New(a.authConfig, a.Store)
	if err != nil {
		tb.Fatal(err)
	}
	c := a.handlersConfig
	c.Auth = signIns
	server := httptest.NewServer(handlers.New(c))
	tb.Cleanup(func() { server.Close(); signIns.Close() })
	return server.URL
}

// The same callback, eight times at once on two replicas: its code is redeemed
// once, whoever asks goes on to where the person wanted to be, and the person
// is signed in.
func TestCallbackEightTimesAtOnce(t *testing.T) {
	t.Parallel()
	a := start(t)
	replicas := []string{a.URL, a.replica(t)}
	b := authtest.NewBrowser(t)
	j := a.begin(t, b)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			resp, err := b.Client.Get(replicas[i%2] + j.callback.RequestURI())
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
	if !a.isHome(b) {
		t.Errorf("nobody is signed in; log:\n%s", a.Log)
	}
}

// A state that this browser has used up goes on to where the person wanted to
// be while they are signed in, and asks nobody anything; when they are not, it
// is over.
func TestStateUsedUp(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	j := a.begin(t, b)
	for range 3 {
		if page := j.goOn(); page.StatusCode != http.StatusSeeOther || page.Redirect != a.URL+"/profile" {
			t.Errorf("got status %d to %q, want 303 to /profile", page.StatusCode, page.Redirect)
		}
	}
	if got := a.Provider.Requests(authtest.TokenEndpoint); got != 1 {
		t.Errorf("the code was redeemed %d times, want once", got)
	}
	b.Post(a.URL+"/api/auth/signout", nil)
	a.refused(t, j.goOn(), refusal{400, auth.StateUsed, "has used the callback's state before"})
	a.signsIn(t, b)
}

// To cancel is no failure, and its state is used up too (RFC 6749 section 4.1.2.1).
func TestCancelled(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	callback := b.Cancel(page.Redirect)
	if page = b.Walk(callback); !strings.Contains(page.Text, "Sign-in canceled.") {
		t.Errorf("got status %d, want the notice that it was cancelled:\n%s", page.StatusCode, page.Text)
	}
	a.refused(t, b.Walk(callback), refusal{400, auth.StateUsed, ""})
	a.signsIn(t, b)
}

// A state is over after whatever came back with it (RFC 6749 section 10.12): an error
// too, and an answer that failed afterwards.
func TestStateIsOverAfterAnError(t *testing.T) {
	t.Parallel()
	says := func(code, reason string) func(*journey) {
		return func(j *journey) {
			j.query = url.Values{"state": j.query["state"], "error": {code}, "error_description": {reason}}
		}
	}
	for name, edit := range map[string]func(*journey){
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
			a := start(t)
			b := authtest.NewBrowser(t)
			j := a.begin(t, b)
			good := maps.Clone(j.query)
			thief := a.copyOf(t, b)
			edit(j)
			j.goOn()
			j.query = good
			a.refused(t, j.goOn(), refusal{400, auth.StateUsed, "has used the callback's state before"})
			thief.Get(j.callback.String()) // with the cookie as it was before the error
			if a.isSignedIn(b) || a.isSignedIn(thief) {
				t.Error("the code that came later signed somebody in, want its state to be over")
			}
			a.signsIn(t, b)
		})
	}
}

// "Sign-in canceled" is only for the person who did: access_denied is also what a
// provider says when it keeps somebody out. Its reason is in the log in any case.
func TestCancelledOrKeptOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code, reason string
		cancelled    bool
	}{
		{"access_denied", "", true},                                                            // Google, Keycloak
		{"access_denied", "User denied the consent", true},                                     // Asgardeo
		{"access_denied", "User did not authorize the request", true},                          // Auth0
		{"access_denied", "AADSTS65004: User declined to consent to access the app.", true},    // Entra
		{"consent_required", "AADSTS65004: User declined to consent to access the app.", true}, // Entra
		{"access_denied", "AADB2C90091: The user has cancelled entering self-asserted information.", true},
		{"access_denied", "The user has denied access to the scope requested by the client application.", true},
		{"access_denied", "The resource owner denied the request.", true},                                       // Hydra
		{"user_cancelled_authorize", "", true},                                                                  // Apple
		{"access_denied", "User is not assigned to the client application.", false},                             // Okta
		{"access_denied", "Policy evaluation failed for this request, please check the policy", false},          // Okta
		{"access_denied", "The resource owner or authorization server denied the request.", false},              // RFC 6749: it does not say who
		{"access_denied", "Please verify your email before logging in.", false},                                 // Auth0
		{"access_denied", "User was denied by the rule of the subscription, which is cancelled.", false},        // Auth0
		{"access_denied", "AADSTS50105: The signed in user is not assigned to a role for the app.", false},      // Entra
		{"access_denied", "AADB2C90118: The user has forgotten their password.", false},                         // Azure AD B2C
		{"consent_required", "AADSTS65001: The user or administrator has not consented to use the app.", false}, // Entra
	} {
		t.Run(c.code+" "+c.reason, func(t *testing.T) {
			t.Parallel()
			a, b := start(t), authtest.NewBrowser(t)
			j := a.begin(t, b)
			j.query = url.Values{"state": j.query["state"], "error": {c.code}}
			if c.reason != "" {
				j.query.Set("error_description", c.reason)
			}
			page := j.goOn()
			if page.Redirect != "" {
				page = b.Walk(page.Redirect)
			}
			if got := strings.Contains(page.Text, "Sign-in canceled"); got != c.cancelled {
				t.Errorf("the page says that the person cancelled: %t, want %t", got, c.cancelled)
			}
			if log := a.Log.String(); !strings.Contains(log, c.code+" "+c.reason) {
				t.Errorf("the log does not have %q:\n%s", c.code+" "+c.reason, log)
			}
		})
	}
}

// Any number of tabs, finished in another order than begun.
func TestTabsInAnyOrder(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	tabs := []*journey{a.begin(t, b), a.begin(t, b), a.begin(t, b)}
	for _, j := range []*journey{tabs[1], tabs[2], tabs[0]} {
		if page := j.goOn(); page.Redirect != a.URL+"/profile" {
			t.Errorf("got status %d to %q, want 303 to /profile", page.StatusCode, page.Redirect)
		}
	}
	if !a.isHome(b) {
		t.Error("nobody is signed in")
	}
}

// A browser that keeps no cookies ends on a page that says so: nothing restarts
// by itself, so that there is no loop.
func TestCookiesBlocked(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	j := a.begin(t, b)
	blocked := authtest.NewBrowser(t)
	blocked.Client.Jar = nil
	page := blocked.Walk(j.callback.String())
	a.refused(t, page, refusal{400, auth.StateUnknown, ""})
	if !strings.Contains(page.Text, "cookies are blocked") || !strings.Contains(page.Text, `action="/api/auth/signin/asgardeo"`) {
		t.Errorf("the page neither names blocked cookies nor offers to sign in:\n%s", page.Text)
	}
}

// A provider that sends the browser straight back into our own routes makes no
// loop either.
func TestProviderThatLoops(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/profile", "/api/auth/callback/asgardeo", "/api/auth/signin/asgardeo", "/api/auth/signout"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			metadata("authorization_endpoint", a.URL+path)(a)
			b := authtest.NewBrowser(t)
			page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {path}})
			if page = b.Walk(page.Redirect); page.Redirect != "" || a.identity(b) != "null\n" {
				t.Errorf("got status %d to %q, want a page at the end, and nobody signed in", page.StatusCode, page.Redirect)
			}
		})
	}
}
