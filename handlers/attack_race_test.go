package handlers_test

import (
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
	if page = b.Walk(callback); !strings.Contains(page.Text, "You cancelled.") {
		t.Errorf("got status %d, want the notice that it was cancelled:\n%s", page.StatusCode, page.Text)
	}
	a.refused(t, b.Walk(callback), refusal{400, auth.StateUsed, ""})
	a.signsIn(t, b)
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
