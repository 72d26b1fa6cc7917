package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// noAnswer is longer than any response takes, even on a busy machine.
const noAnswer = 20 * time.Second

// While the store is down or hangs, requests with a session cookie get 503 and
// Retry-After, and the others get the public pages.
func TestStoreFailureOnEveryRoute(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]storetest.Fault{"down": storetest.Fails(), "hangs": storetest.Hangs()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
			a, b := handlerstest.StartOn(t, s), authtest.NewBrowser(t)
			a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
			before := a.Identity(b)
			a.LimitStoreWaits(t, s, m)
			t.Run("meanwhile", func(t *testing.T) {
				for _, c := range storeFailures {
					t.Run(c.name(), func(t *testing.T) { c.run(t, a, b) })
				}
			})
			s.Set(nil)
			if got := a.Identity(b); got != before {
				t.Errorf("when the store is back: got\n%s\nwant, as before,\n%s", got, before)
			}
			handlerstest.Eventually(t, "readyz answers 200", func() bool { return b.Get(a.URL+"/readyz").StatusCode == http.StatusOK })
			a.AssertSignInWorks(t, authtest.NewBrowser(t))
		})
	}
}

// storeFailure is the response to a request while the store fails.
type storeFailure struct {
	method, path string
	header       http.Header
	signedIn     bool // whether the browser has a session cookie
	status       int
	says         string
}

var asksForJSON = http.Header{"Accept": {"application/json"}}

var asksForFragment = http.Header{"Hx-Request": {"true"}, "Hx-Request-Type": {"partial"}}

var storeFailures = []storeFailure{
	{"GET", "/", nil, true, 503, "check your session right now"},
	{"GET", "/", asksForFragment, true, 503, "check your session right now"},
	{"GET", "/profile", nil, true, 503, "check your session right now"},
	{"GET", "/profile", asksForJSON, true, 503, "store_unavailable"},
	{"GET", "/api/auth/session", nil, true, 503, "store_unavailable"},
	{"GET", "/api/auth/session", asksForJSON, true, 503, "store_unavailable"},
	{"GET", "/api/auth/events", nil, true, 503, ""},
	{"POST", "/api/auth/signout", nil, true, 503, "you are still signed in here"},
	{"POST", "/api/auth/signout", asksForFragment, true, 503, "you are still signed in here"},
	{"GET", "/healthz", nil, true, 200, "ok"},
	{"GET", "/readyz", nil, true, 503, "unreachable"},
	{"GET", "/api/auth/assets/nothing.css", nil, true, 404, ""},

	{"GET", "/", nil, false, 200, "Sign in"},
	{"GET", "/profile", nil, false, 401, "Sign in"},
	{"GET", "/profile", asksForJSON, false, 401, "sign_in_required"},
	{"GET", "/api/auth/session", nil, false, 200, "null"},
	{"GET", "/api/auth/events", nil, false, 204, ""},
	{"POST", "/api/auth/signin/asgardeo", nil, false, 303, ""},
	{"POST", "/api/auth/signout", nil, false, 303, ""},
	{"GET", "/healthz", nil, false, 200, "ok"},
	{"GET", "/readyz", nil, false, 503, "unreachable"},
}

func (c storeFailure) name() string {
	who := "signed out"
	if c.signedIn {
		who = "signed in"
	}
	return who + " " + c.method + c.path + " " + c.header.Get("Accept") + c.header.Get("Hx-Request")
}

func (c storeFailure) run(t *testing.T, a *handlerstest.App, signedIn *authtest.Browser) {
	t.Parallel()
	b := authtest.NewBrowser(t)
	if c.signedIn {
		b.Client.Jar = signedIn.Client.Jar
	}
	b.Header = c.header
	start := time.Now()
	ask := map[string]func() *authtest.Page{
		"GET":  func() *authtest.Page { return b.Get(a.URL + c.path) },
		"POST": func() *authtest.Page { return b.Post(a.URL+c.path, nil) },
	}
	page := ask[c.method]()
	if took := time.Since(start); took > noAnswer {
		t.Errorf("the response took %s, want it within 3 s", took)
	}
	if page.StatusCode != c.status || !strings.Contains(page.Text, c.says) {
		t.Errorf("got status %d and\n%s\nwant %d and %q", page.StatusCode, page.Text, c.status, c.says)
	}
	if c.status == http.StatusServiceUnavailable && c.path != "/readyz" && page.Header.Get("Retry-After") == "" {
		t.Error("got no Retry-After")
	}
	if c.signedIn && len(page.Cookies()) != 0 {
		t.Errorf("got cookies %v, want none", page.Cookies())
	}
	if c.signedIn && strings.Contains(page.Text, "null") {
		t.Errorf("got %q, want nothing that means signed out", page.Text)
	}
}

// All calls of one request share its time limit, whether each of them is slow or a
// later one hangs.
func TestStoreFailureDuringRequest(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]func() storetest.Fault{
		"slow":                  func() storetest.Fault { return storetest.Delays(1200 * time.Millisecond) },
		"hangs after the first": hangsAfterTheFirst,
	} {
		for _, c := range []storeFailure{
			{"POST", "/api/auth/signout", nil, true, 503, "you are still signed in here"},
			{"POST", "/api/auth/sessions/ANOTHER/end", nil, true, 503, "check your session right now"},
			{"GET", "/profile", nil, true, 503, "check your session right now"},
		} {
			t.Run(name+c.path, func(t *testing.T) {
				s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
				a, b := handlerstest.StartOn(t, s), authtest.NewBrowser(t)
				a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
				b.Walk(b.SignIn(a.StartConfirmation(t, b), authtest.Ada)) // for the sessions
				a.LimitStoreWaits(t, s, m())
				c.run(t, a, b)
			})
		}
	}
}

func hangsAfterTheFirst() storetest.Fault {
	var called atomic.Bool
	return func(ctx context.Context, method string) error {
		if called.CompareAndSwap(false, true) {
			return nil
		}
		return storetest.Hangs()(ctx, method)
	}
}
