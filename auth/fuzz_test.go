package auth

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/auth/internal/sessiontoken"
)

// newFuzzed returns an Auth under https, whose provider cannot be reached.
func newFuzzed(tb testing.TB) *Auth {
	tb.Helper()
	a, _ := newAuth(tb, openStore(tb, "memory:"), func(c *Config) { c.URL = "https://app.example.com" })
	return a
}

// FuzzCallback sends any query to the callback: without a sealed state, it is refused.
func FuzzCallback(f *testing.F) {
	for _, seed := range []string{
		"", "state=a&code=b", "state=a&state=b", "state=%ff%00&error=evil", "iss=https%3A%2F%2Fevil.example&state=a", "=&=", "state=" + strings.Repeat("a", 5000),
	} {
		f.Add(seed)
	}
	a := newFuzzed(f)
	f.Fuzz(func(t *testing.T, raw string) {
		query, err := url.ParseQuery(raw)
		if err != nil {
			return // handlers refuse it
		}
		to, err := a.Callback(t.Context(), "asgardeo", query)
		if code := CodeOf(err); code != BadRequest && code != StateUnknown {
			t.Fatalf("the callback %q: got %+v and %v, want it refused", raw, to, err)
		}
	})
}

// FuzzCookie opens any value of any of our cookies: a value that we did not seal under
// that name is ignored.
func FuzzCookie(f *testing.F) {
	a := newFuzzed(f)
	s := &signIn{pending: pending{State: "STATESTATESTATE", Provider: "asgardeo", StartedAt: time.Now()}}
	good := a.signInCookie(s)
	f.Add(good.Name, good.Value)
	f.Add(good.Name, good.Value[:len(good.Value)-1])
	f.Add("__Host-latchkey.notice", good.Value)
	f.Add("__Host-latchkey.session", strings.Repeat("a", sessiontoken.Length))
	f.Add("__Host-latchkey.signout.STATESTATEST", good.Value)
	f.Add("", "")
	f.Fuzz(func(t *testing.T, name, value string) {
		req := &request{cookies: []*http.Cookie{{Name: name, Value: value}}}
		bare := strings.TrimPrefix(name, "__Host-")
		opened := new(signIn)
		if a.cookies.Find(req.cookies, forSignIn, bare, opened) && (name != good.Name || opened.State != s.State) {
			t.Fatalf("cookie %q=%q opens as %+v", name, value, opened)
		}
		if a.cookies.Find(req.cookies, forNotice, bare, new(Notice)) || a.cookies.Find(req.cookies, forSignOut, bare, new(signOut)) {
			t.Fatalf("cookie %q=%q opens for another purpose", name, value)
		}
		a.withEvictions(withRequest(t.Context(), req), a.signInCookie(s))
	})
}
