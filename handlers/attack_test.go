package handlers_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

// evil is in everything that an attacker says in these tests, and so must be in
// nothing that we say.
const evil = "evil"

// attack is something hostile that a provider does while a person signs in.
type attack struct {
	name string // its source: a specification's section, a certification module, a CVE
	set  func(a *app)
	want refusal
}

// refusal is how an attack has to end.
type refusal struct {
	status int
	code   auth.Code
	cause  string // part of what the log says
}

// run attacks somebody who is signed out, and somebody who is signed in. The
// app is prepared before anybody is.
func (at attack) run(t *testing.T, prepare ...func(*app)) {
	for _, as := range []string{"signed out", "signed in"} {
		t.Run(at.name+", "+as, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			for _, f := range prepare {
				f(a)
			}
			b := authtest.NewBrowser(t)
			if as == "signed in" {
				a.signIn(t, b, authtest.Grace)
			}
			a.survives(t, b, at)
		})
	}
}

// survives signs in under an attack, and asserts what every refusal promises.
func (a *app) survives(tb testing.TB, b *authtest.Browser, at attack) {
	tb.Helper()
	before := a.identity(b)
	at.set(a)
	a.refused(tb, a.attempt(b), at.want)
	if got := a.identity(b); got != before {
		tb.Errorf("afterwards this browser is\n%s\nwant, as before,\n%s", got, before)
	}
	a.Provider.Reset()
	a.signsIn(tb, b)
}

// attempt tries to sign in, and returns the page that says how it ended.
func (a *app) attempt(b *authtest.Browser) *authtest.Page {
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	if page.StatusCode != http.StatusSeeOther {
		return page
	}
	return b.Get(b.SignIn(page.Redirect, authtest.Ada))
}

// refused asserts what every refusal promises of its page and of the log.
func (a *app) refused(tb testing.TB, page *authtest.Page, want refusal) {
	tb.Helper()
	if page.StatusCode != want.status {
		tb.Errorf("got status %d, want %d:\n%s", page.StatusCode, want.status, page.Text)
	}
	provider := []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}
	if (want.status < 400 || want.status > 499) && !slices.Contains(provider, want.status) {
		tb.Errorf("a refusal with status %d, want 4xx, or 502, 503, 504", want.status)
	}
	a.saysNothingEvil(tb, page)
	ref := referenceOn(page)
	if got := a.cause(ref); ref == "" || !strings.HasPrefix(got, string(want.code)) || !strings.Contains(got, want.cause) {
		tb.Errorf("the log says %q under the page's reference %q, want %s and %q", got, ref, want.code, want.cause)
	}
}

func (a *app) saysNothingEvil(tb testing.TB, page *authtest.Page) {
	tb.Helper()
	var said strings.Builder
	page.Header.Write(&said)
	said.WriteString(page.Text)
	if strings.Contains(strings.ToLower(said.String()), evil) {
		tb.Errorf("the attacker's words are on our page:\n%s", said.String())
	}
}

var referenceMark = regexp.MustCompile(`(?:<code>|"reference":")([A-Z2-7]{10})[<"]`)

// referenceOn returns the reference that a page, or a JSON answer, shows.
func referenceOn(page *authtest.Page) string {
	if match := referenceMark.FindStringSubmatch(page.Text); match != nil {
		return match[1]
	}
	return ""
}

// cause returns the error that the log has under a reference.
func (a *app) cause(reference string) string {
	for line := range strings.Lines(a.Log.String()) {
		var entry struct{ Error, Reference string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Reference == reference && entry.Error != "" {
			return entry.Error
		}
	}
	return ""
}

// identity is who a browser is signed in as, and by which session.
func (a *app) identity(b *authtest.Browser) string {
	page := b.Get(a.URL + "/api/auth/session")
	for _, c := range b.Client.Jar.Cookies(page.Request.URL) {
		if c.Name == "latchkey.session" {
			return page.Text + c.Value
		}
	}
	return page.Text
}

// signsIn asserts that a good sign-in works at once.
func (a *app) signsIn(tb testing.TB, b *authtest.Browser) {
	tb.Helper()
	if page := a.attempt(b); page.StatusCode != http.StatusSeeOther || !a.isHome(b) {
		tb.Errorf("a good sign-in got status %d, want somebody signed in; log:\n%s", page.StatusCode, a.Log)
	}
}

// signsInSoon is signsIn where we remember for a moment that the provider could
// not be used.
func (a *app) signsInSoon(tb testing.TB, b *authtest.Browser) {
	tb.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-time.After(100 * time.Millisecond) {
		if a.attempt(b).StatusCode == http.StatusSeeOther {
			break
		}
	}
	a.signsIn(tb, b)
}

// isHome reports whether the home page greets somebody who is signed in.
func (a *app) isHome(b *authtest.Browser) bool {
	return strings.Contains(b.Get(a.URL+"/").Text, "You are now signed in!")
}
