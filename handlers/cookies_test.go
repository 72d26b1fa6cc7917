package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// The Cookie header as browsers by HTTP/2, proxies and other apps on the host make
// it: in several pieces, and with neighbors that no standard allows.
func TestCookieHeaderInPieces(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	ours := "latchkey.session=" + a.cookieOf(b, "latchkey.session")
	for name, lines := range map[string][]string{
		"one piece":            {"a=b; " + ours + "; c=d"},
		"a piece for each":     {"a=b", ours, "c=d"},
		"after JSON":           {`prefs={"a":"b","c":[1,2]}; ` + ours},
		"after JSON, by lines": {`prefs={"a":"b; c"}`, ours},
		"after other letters":  {"name=Grüße; =nameless; nothing; $Version=1; " + ours},
		"without blanks":       {"a=b;" + ours + ";c=d"},
		"in quotes":            {strings.Replace(ours, "=", `="`, 1) + `"`},
		"with empty pieces":    {"", ";;; " + ours + " ;", ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL+"/api/auth/session", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header["Cookie"] = lines
		if page := send(t, authtest.NewBrowser(t), req); !strings.Contains(page.Text, authtest.Ada.Subject) {
			t.Errorf("%s: got %s, want Ada's session", name, page.Text)
		}
	}
}

// A cookie's end is told in seconds from now: a browser whose clock is wrong, or
// set to local time, would drop one with a date.
func TestCookiesDoNotGoByTheBrowsersClock(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	j := a.begin(t, b)
	begun := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	for _, page := range []*authtest.Page{begun, j.goOn(), b.Post(a.URL+"/api/auth/signout", nil)} {
		if len(page.Cookies()) == 0 {
			t.Errorf("%s %s: got no cookie", page.Request.Method, page.Request.URL)
		}
		for _, c := range page.Cookies() {
			if c.MaxAge == 0 || !c.Expires.IsZero() {
				t.Errorf("%s %s: got the cookie %s with Max-Age %d and Expires %q, want Max-Age alone", page.Request.Method, page.Request.URL.Path, c.Name, c.MaxAge, c.RawExpires)
			}
		}
	}
}

// Who signs in is nothing for the log, at any level: neither what they are called
// nor their e-mail address, wherever they come up.
func TestLogNamesNobody(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	for _, path := range []string{"/profile", "/?login_hint=ada@example.com", "/api/auth/callback/asgardeo?state=x&login_hint=ada@example.com", "/groups/ada@example.com"} {
		b.Get(a.URL + path)
	}
	b.Post(a.URL+"/api/auth/signin/asgardeo", map[string][]string{"login_hint": {"ada@example.com"}})
	claims(func(c map[string]any) { c["aud"] = "another" })(a) // a sign-in that fails
	a.attempt(b)
	b.Post(a.URL+"/api/auth/signout", nil)
	for line := range strings.Lines(a.Log.String()) {
		for _, personal := range []string{"ada@", "Ada", "Lovelace"} {
			if strings.Contains(line, personal) {
				t.Errorf("the log has %q:\n%s", personal, line)
			}
		}
	}
}
