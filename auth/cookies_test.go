package auth

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth/internal/cookies"
	"latchkey/auth/internal/publicurl"
)

// A cookie that differs from what we set is ignored.
func TestSealedCookieIsBoundToNameAndPurpose(t *testing.T) {
	t.Parallel()
	const name = signInCookie + "STATE"
	a, clock := newAuth(t, openStore(t, "memory:"))
	foreign, _ := newAuth(t, openStore(t, "memory:"), func(c *Config) { c.Secret = otherSecret })
	content := signIn{pending: pending{State: "STATE", Provider: "asgardeo", StartedAt: clock.Now()}}
	good := a.cookies.Seal(forSignIn, name, content, time.Hour)
	with := func(value string) *http.Cookie { return &http.Cookie{Name: name, Value: value} }
	cases := map[string]struct {
		cookies []*http.Cookie
		want    bool
	}{
		"as it was made":                {[]*http.Cookie{good}, true},
		"beside other cookies":          {[]*http.Cookie{{Name: "other", Value: "x"}, good, {Name: name + "2", Value: "x"}}, true},
		"missing":                       {nil, false},
		"doubled, both the same":        {[]*http.Cookie{good, good}, false},
		"doubled, a planted one first":  {[]*http.Cookie{with("planted"), good}, false},
		"doubled, a planted one last":   {[]*http.Cookie{good, with("planted")}, false},
		"doubled, an empty one first":   {[]*http.Cookie{with(""), good}, false},
		"empty":                         {[]*http.Cookie{with("")}, false},
		"oversized":                     {[]*http.Cookie{with(strings.Repeat("A", cookies.MaxValue+1))}, false},
		"as long as may be, of rubbish": {[]*http.Cookie{with(strings.Repeat("A", cookies.MaxValue))}, false},
		"not base64url":                 {[]*http.Cookie{with("§§§ +/=")}, false},
		"cut by a character":            {[]*http.Cookie{with(good.Value[:len(good.Value)-1])}, false},
		"a character longer":            {[]*http.Cookie{with(good.Value + "A")}, false},
		"padded":                        {[]*http.Cookie{with(good.Value + "==")}, false},
		"another app's, or secret's":    {[]*http.Cookie{foreign.cookies.Seal(forSignIn, name, content, time.Hour)}, false},
		"of another state":              {[]*http.Cookie{with(a.cookies.Seal(forSignIn, signInCookie+"OTHER", content, time.Hour).Value)}, false},
		"a notice in its place":         {[]*http.Cookie{with(a.cookies.Seal(forNotice, name, content, time.Hour).Value)}, false},
		"a sign-out in its place":       {[]*http.Cookie{with(a.cookies.Seal(forSignOut, name, content, time.Hour).Value)}, false},
		"sealed, but not what we write": {[]*http.Cookie{with(base64.RawURLEncoding.EncodeToString(a.sealer.Seal(forSignIn, name, []byte("not JSON"), clock.Now().Add(time.Hour))))}, false},
		"expired": {[]*http.Cookie{with(base64.RawURLEncoding.EncodeToString(
			a.sealer.Seal(forSignIn, name, []byte("{}"), clock.Now())))}, false},
	}
	for what, c := range cases {
		if got := a.cookies.Find(c.cookies, forSignIn, name, new(signIn)); got != c.want {
			t.Errorf("%s: it opens: %t, want %t", what, got, c.want)
		}
	}
}

func TestSealedCookieModifiedDoesNotOpen(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	good := a.noticeCookie(Notice{SignedOut, "Asgardeo"})
	for i := range good.Value {
		other := byte('A')
		if good.Value[i] == other {
			other = 'B' // in the last character, the same bytes in another form
		}
		changed := good.Value[:i] + string(other) + good.Value[i+1:]
		notice, cookies := a.Notice(newTestRequest(t, a, &http.Cookie{Name: good.Name, Value: changed}))
		if notice != nil || cookies != nil {
			t.Errorf("with character %d changed: got %+v and cookies %v, want none", i, notice, cookies)
		}
	}
}

// The number of pending sign-ins in a browser is limited. Cookies that cannot be
// opened count as the oldest, but stay below the limit: they may be sealed with a
// secret that this replica does not have yet.
func TestSignInCookiesAreEvicted(t *testing.T) {
	t.Parallel()
	a, clock := newAuth(t, openStore(t, "memory:"))
	foreign, _ := newAuth(t, openStore(t, "memory:"), func(c *Config) { c.Secret = otherSecret })
	started := func(a *Auth, n int, callbackURL string) []*http.Cookie {
		var cookies []*http.Cookie
		for range n {
			clock.Advance(time.Millisecond)
			cookies = append(cookies, a.signInCookie(&signIn{pending: pending{State: rand.Text(), CallbackURL: callbackURL, StartedAt: clock.Now()}}))
		}
		return cookies
	}
	random := make([]byte, 1500)
	rand.Read(random)
	long := "/" + base64.RawURLEncoding.EncodeToString(random) // which no packing makes shorter
	for _, c := range []struct {
		name    string
		cookies []*http.Cookie
		next    string // the callback URL of the new one
		cleared int
	}{
		{"none", nil, "/", 0},
		{"some", started(a, 5, "/"), "/", 0},
		{"as many as there may be beside the new one", started(a, maxPending-1, "/"), "/", 0},
		{"one too many", started(a, maxPending, "/"), "/", 1},
		{"long ones", started(a, 4, long), long, 3},
		{"another secret's, with room", started(foreign, 5, "/"), "/", 0},
		{"another secret's, and too many", append(started(foreign, 5, "/"), started(a, maxPending-1, "/")...), "/", 5},
		{"rubbish, and too long", []*http.Cookie{{Name: signInCookie + "X", Value: strings.Repeat("A", maxPendingBytes)}}, "/", 1},
	} {
		cleared := a.withEvictions(withRequest(t.Context(), &request{cookies: c.cookies}), started(a, 1, c.next)[0])[1:]
		if len(cleared) != c.cleared {
			t.Errorf("%s: got %d cookies cleared, want %d", c.name, len(cleared), c.cleared)
		}
		for i, gone := range cleared {
			if gone.MaxAge >= 0 {
				t.Errorf("%s: cookie %s is set, want it cleared", c.name, gone.Name)
			}
			if c.name == "another secret's, and too many" && !slices.ContainsFunc(c.cookies[:5], func(old *http.Cookie) bool { return old.Name == gone.Name }) {
				t.Errorf("%s: number %d cleared is %s, want those that do not open first", c.name, i, gone.Name)
			}
		}
	}
}

// The longest callback URL fits into a cookie, whatever its characters.
func TestSignInCookieFitsBrowserLimit(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	random := make([]byte, publicurl.MaxCallbackURL)
	rand.Read(random)
	for _, text := range []string{"x", "&", "<", `"`, "a=b&", "%22", base64.RawURLEncoding.EncodeToString(random)[:publicurl.MaxCallbackURL-10]} {
		raw := "/search?" + strings.Repeat(text, (publicurl.MaxCallbackURL-10)/len(text))
		s := &signIn{pending: pending{State: rand.Text(), CallbackURL: a.url.CallbackURL(raw), StartedAt: a.now()}, Nonce: rand.Text(), Verifier: strings.Repeat("v", 43)}
		c := a.signInCookie(s)
		if got := len(c.String()); got > cookies.MaxLine {
			t.Errorf("many %.10q: got a cookie of %d bytes, want at most %d", text, got, cookies.MaxLine)
		}
		if found := a.findSignIn(&request{cookies: []*http.Cookie{c}}, s.State); found == nil || found.CallbackURL != s.CallbackURL {
			t.Errorf("many %.10q: the cookie does not open as it was sealed", text)
		}
	}
}

// A callback URL from a cookie is checked again: it could be sealed with a leaked
// AUTH_SECRET.
func TestCallbackURLIsCheckedAgainAfterUnsealing(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	for _, evil := range []string{"https://evil.example/", "//evil.example", "/api/auth/signout", "/\\evil.example", "/" + strings.Repeat("x", publicurl.MaxCallbackURL)} {
		in := &signIn{pending: pending{State: rand.Text(), CallbackURL: evil, StartedAt: a.now()}}
		out := &signOut{pending: pending{State: rand.Text(), CallbackURL: evil, StartedAt: a.now()}}
		req := &request{cookies: []*http.Cookie{a.signInCookie(in), a.signOutCookie(out)}}
		foundIn, foundOut := a.findSignIn(req, in.State), a.findSignOut(req, out.State)
		if foundIn == nil || foundOut == nil || foundIn.CallbackURL != "/" || foundOut.CallbackURL != "/" {
			t.Errorf("%.30q: got %+v and %+v, want both to lead to /", evil, foundIn, foundOut)
		}
	}
}

// The time to process cookies grows linearly with their number.
func BenchmarkManyCookies(b *testing.B) {
	a, _ := newAuth(b, openStore(b, "memory:"))
	for _, n := range []int{150, 1500} {
		req := &request{}
		for i := range n {
			req.cookies = append(req.cookies, &http.Cookie{Name: fmt.Sprintf("%s%d", signOutCookie, i)})
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				a.unconfirmedSignOut(req)
			}
		})
	}
}
