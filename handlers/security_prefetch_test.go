package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// GET and prefetch requests do not start or finish a sign-in, sign out, or use a
// notice up (RFC 9110 section 9.2.1, ASVS 7.6.2).
func TestPrefetchAndGETChangeNothing(t *testing.T) {
	t.Parallel()
	ahead := map[string]http.Header{
		"Sec-Purpose prefetch":            {"Sec-Purpose": {"prefetch"}},
		"Sec-Purpose prefetch, prerender": {"Sec-Purpose": {"prefetch;prerender"}},
		"Purpose prefetch":                {"Purpose": {"prefetch"}},
	}
	for name, headers := range ahead {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			b := authtest.NewBrowser(t)
			j := a.StartSignIn(t, b)
			b.Header = headers
			a.AssertRefused(t, j.Finish(), 400, auth.BadRequest, "is a prefetch")
			b.Header = http.Header{}
			if page := j.Finish(); page.StatusCode != http.StatusSeeOther || !a.HomeIsSignedIn(b) {
				t.Errorf("the callback afterwards: got status %d, want it to work", page.StatusCode)
			}
		})
		t.Run(name+" keeps the notice", func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			b := authtest.NewBrowser(t)
			b.Get(b.Cancel(b.Post(a.URL+"/api/auth/signin/asgardeo", nil).Redirect))
			b.Header = headers
			b.Get(a.URL + "/")
			b.Header = http.Header{}
			if page := b.Get(a.URL + "/"); !strings.Contains(page.Text, "Sign-in canceled.") {
				t.Errorf("the prefetch used the notice up:\n%s", page.Text)
			}
		})
	}
	a := handlerstest.Start(t)
	for _, path := range []string{"/api/auth/signin/asgardeo", "/api/auth/signout", "/api/auth/backchannel-logout/asgardeo"} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, "TRACE", "EVIL"} {
			t.Run(method+" "+path, func(t *testing.T) {
				b := authtest.NewBrowser(t)
				a.SignIn(t, b, authtest.Grace)
				before := a.Identity(b)
				req, _ := http.NewRequest(method, a.URL+path, nil)
				resp, err := b.Client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Values("Set-Cookie") != nil || a.Identity(b) != before {
					t.Errorf("got status %d and cookies %q, want 405, none, and the session unchanged", resp.StatusCode, resp.Header.Values("Set-Cookie"))
				}
			})
		}
	}
}

// HEAD of the callback does not redeem the code.
func TestHEADCallbackRedeemsNothing(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	j := a.StartSignIn(t, b)
	resp, err := b.Client.Head(j.Callback.String())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := a.Provider.Requests(authtest.TokenEndpoint); resp.StatusCode != http.StatusMethodNotAllowed || got != 0 {
		t.Errorf("HEAD: got status %d and the code redeemed %d times, want 405 and not at all", resp.StatusCode, got)
	}
	if j.Finish(); !a.HomeIsSignedIn(b) {
		t.Error("signed out after GET of the callback, want signed in")
	}
}
