package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// For a small fragment htmx gets a dialog, never a sign-in page in a corner. For the
// main region it gets the sign-in page.
func TestHTMXRequestOfEndedSessionOpensDialog(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	for _, c := range []struct {
		method, path, target, retarget, want string
	}{
		{http.MethodPost, "/api/auth/sessions/device", "section#sessions", "#dialog-part", "dialog-heading"},
		{http.MethodPost, "/api/auth/sessions/X/end", "section#sessions", "#dialog-part", "dialog-heading"},
		{http.MethodPost, "/api/auth/sessions/end-others", "section#sessions", "#dialog-part", "dialog-heading"},
		{http.MethodGet, "/profile", "section#name", "#dialog-part", "dialog-heading"},
		{http.MethodGet, "/profile", "body", "", "signin-heading"},
	} {
		b := authtest.NewBrowser(t)
		fragment(b, c.target)
		page := b.Get(a.URL + c.path)
		if c.method == http.MethodPost {
			page = b.Post(a.URL+c.path, nil)
		}
		if page.StatusCode != http.StatusUnauthorized || page.Header.Get("HX-Retarget") != c.retarget || !strings.Contains(page.Text, c.want) {
			t.Errorf("%s %s into %s: got status %d into %q, want 401 into %q with %s:\n%s",
				c.method, c.path, c.target, page.StatusCode, page.Header.Get("HX-Retarget"), c.retarget, c.want, page.Text)
		}
	}
}

func TestSignedInPageClosesPopup(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	if page := b.Get(a.URL + "/api/auth/signed-in"); page.StatusCode != http.StatusUnauthorized || strings.Contains(page.Text, "data-close-window") {
		t.Errorf("signed out: got status %d, want 401 with a page that stays", page.StatusCode)
	}
	a.SignIn(t, b, authtest.Ada)
	if page := b.Get(a.URL + "/api/auth/signed-in"); page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "data-close-window") {
		t.Errorf("signed in: got status %d, want 200 with a page that closes itself", page.StatusCode)
	}
}

// Without JavaScript, the form of someone whose session has ended comes back as it was sent,
// except for its password, with a sign-in that opens another window.
func TestProtectedReturnsForm(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	page := authtest.NewBrowser(t).Post(a.URL+"/notes?tab=1", url.Values{
		"title": {`A "quoted" title`}, "text": {"\ntwo\nlines"}, "current_password": {"hunter2"}, "form_token": {"sealed"},
		"csrf_token": {"the app's own"}, "card_id": {"42"}, "carbon_footprint": {"1 t"}, "cardNumber": {"4111"}, "sms-otp": {"123456"},
		"twice": {"1", "2"},
	})
	for _, want := range []string{
		`action="/notes?tab=1"`, `name="twice" value="1"`, `name="twice" value="2"`, `target="_blank"`, "Nothing has been saved yet", `name="title" value="A &#34;quoted&#34; title"`, ">\n\ntwo\nlines</textarea>", `type="password" name="current_password"`, // a browser drops the first line break
		`type="hidden" name="csrf_token" value="the app&#39;s own"`, `name="card_id" value="42"`, `name="carbon_footprint" value="1 t"`,
		`type="password" name="cardNumber"`, `type="password" name="sms-otp"`,
		`type="hidden" name="form_token" value="sealed"`, `name="callbackUrl" value="/api/auth/signed-in"`,
	} {
		if !strings.Contains(page.Text, want) {
			t.Errorf("got no %s in\n%s", want, page.Text)
		}
	}
	if page.StatusCode != http.StatusUnauthorized || regexp.MustCompile("hunter2|4111|123456").MatchString(page.Text) {
		t.Errorf("got status %d and\n%s\nwant 401 without what is secret", page.StatusCode, page.Text)
	}
}
