package handlers_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

var tokenField = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// A page that was left open must not act for another user who has signed in since.
func TestFormTokenOfAnotherUserIsRejected(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	left := tokenField.FindStringSubmatch(a.SignIn(t, b, authtest.Ada).Text)
	if left == nil {
		t.Fatal("Ada's page has no form token")
	}
	out := b.Walk(b.Post(a.URL+"/api/auth/signout", nil).Redirect) // ends Ada's session at the provider too
	b.Walk(out.Redirect)
	a.SignIn(t, b, authtest.Grace)

	for _, c := range []struct {
		name, token string
		want        int
		signedIn    bool
	}{
		{"Ada's page", left[1], http.StatusConflict, true},
		{"a forged token", "Zm9yZ2Vk", http.StatusConflict, true},
		{"not a token", "§", http.StatusConflict, true},
		{"Grace's page", tokenField.FindStringSubmatch(b.Get(a.URL + "/").Text)[1], http.StatusSeeOther, false},
	} {
		if got := b.Post(a.URL+"/api/auth/signout", url.Values{"form_token": {c.token}}).StatusCode; got != c.want {
			t.Errorf("Sign Out from %s: got status %d, want %d", c.name, got, c.want)
		}
		if got := a.IsSignedIn(b); got != c.signedIn {
			t.Errorf("signed in after Sign Out from %s: got %v, want %v", c.name, got, c.signedIn)
		}
	}
}

// A form that is too long to come back is not called too long: someone who is signed out
// must sign in, and someone who must confirm an action returns to the form's page.
func TestLongFormDoesNotComeBack(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	ada, nobody := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, ada, authtest.Ada)
	ada.Header = http.Header{"Referer": {a.URL + "/notes"}}
	long := url.Values{"text": {strings.Repeat(`"`, 200<<10)}} // five times as long in HTML
	if page := nobody.Post(a.URL+"/notes", long); page.StatusCode != http.StatusUnauthorized || !strings.Contains(page.Text, "Sign in to continue") {
		t.Errorf("signed out: got status %d and\n%.2000s\nwant 401 and what to do", page.StatusCode, page.Text)
	}
	cyrillic := strings.Repeat("ж", 60<<10) // three times as long in a URL
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("text", cyrillic)
	form.Close()
	resp, err := nobody.Client.Post(a.URL+"/notes", form.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if returned, err := io.ReadAll(resp.Body); err != nil || !bytes.Contains(returned, []byte(cyrillic)) {
		t.Errorf("signed out: got error %v and\n%.2000s\nwant 120 KB of text back", err, returned)
	}
	page := ada.Post(a.URL+"/erase", long)
	if page.StatusCode != http.StatusForbidden || !strings.Contains(page.Text, `name="callbackUrl" value="/notes"`) || len(page.Text) > 10<<10 {
		t.Errorf("to confirm: got status %d and %d bytes:\n%.2000s\nwant 403 and a way back to the form", page.StatusCode, len(page.Text), page.Text)
	}
}

// A form is checked before the page reads it. A reverse proxy passes it on all the same.
func TestProtectedPassesFormOnToProxy(t *testing.T) {
	t.Parallel()
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d bytes of %d: %s, error %v", len(body), r.ContentLength, body, err)
	}))
	t.Cleanup(backend.Close)
	behind, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(behind) }, ErrorLog: log.New(io.Discard, "", 0)}
	a := withOwnPages(t, func(app *handlers.App) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/api/auth/", app)
		mux.Handle("/", app.Protected(proxy))
		return app.Middleware(mux)
	})
	ada := authtest.NewBrowser(t)
	a.SignIn(t, ada, authtest.Ada)
	page := ada.Post(a.URL+"/notes", url.Values{"z": {"1"}, "a": {"2 & 3"}})
	if want := "13 bytes of 13: a=2+%26+3&z=1, error <nil>"; page.StatusCode != http.StatusOK || page.Text != want {
		t.Errorf("got status %d and %q, want 200 and %q", page.StatusCode, page.Text, want)
	}
}

// The script sends the form token as a header.
func TestFormTokenHeader(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	ada, grace := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, ada, authtest.Ada)
	a.SignIn(t, grace, authtest.Grace)
	_, token, _ := strings.Cut(ada.Get(a.URL+"/").Text, `data-form-token="`)
	token, _, _ = strings.Cut(token, `"`)
	for _, c := range []struct {
		browser *authtest.Browser
		want    int
	}{{ada, http.StatusOK}, {grace, http.StatusConflict}} {
		c.browser.Header = http.Header{"Form-Token": {token}}
		if got := c.browser.Post(a.URL+"/notes", nil).StatusCode; got != c.want {
			t.Errorf("Ada's form token: got status %d, want %d", got, c.want)
		}
	}
}

// htmx sends a form by PUT and PATCH too.
func TestFormTokenCountsWithEveryMethod(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, func(app *handlers.App) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/api/auth/", app)
		mux.Handle("/notes", app.Protected(ownPage(app, "My notes")))
		return app.Middleware(mux)
	})
	ada, grace := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, ada, authtest.Ada)
	a.SignIn(t, grace, authtest.Grace)
	form := url.Values{"form_token": {tokenField.FindStringSubmatch(ada.Get(a.URL + "/notes").Text)[1]}}.Encode()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch} {
		for _, c := range []struct {
			browser *authtest.Browser
			want    int
		}{{ada, http.StatusOK}, {grace, http.StatusConflict}} {
			r, err := http.NewRequest(method, a.URL+"/notes", strings.NewReader(form))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if got := c.browser.Send(r).StatusCode; got != c.want {
				t.Errorf("%s with Ada's form token: got status %d, want %d", method, got, c.want)
			}
		}
	}
}
