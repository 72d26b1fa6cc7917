package handlers_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// guarded adds a protected page to an app.
func guarded(tb testing.TB, a *handlerstest.App) *handlerstest.App {
	tb.Helper()
	ours := a.NewHandlers(tb)
	mux := http.NewServeMux()
	mux.Handle("/", ours)
	mux.Handle("/own", ours.Protected(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := auth.FromContext(r.Context())
		if err != nil || session == nil {
			tb.Errorf("protected page: got session %v and error %v, want a session", session, err)
			return
		}
		w.Write([]byte(session.User.Name + "\n" + a.Auth.FormToken(r.Context())))
	})))
	var handler http.Handler = mux
	a.SetHandler(handler)
	return a
}

func TestProtected(t *testing.T) {
	t.Parallel()
	a, b := guarded(t, handlerstest.Start(t)), authtest.NewBrowser(t)
	page := b.Get(a.URL + "/own?of=mine")
	if page.StatusCode != http.StatusUnauthorized || !strings.Contains(page.Text, `value="/own?of=mine"`) {
		t.Fatalf("signed out: got status %d and\n%s\nwant the sign-in page, which leads back", page.StatusCode, page.Text)
	}
	page = b.Walk(b.SignIn(b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {"/own?of=mine"}}).Redirect, authtest.Ada))
	name, adas, _ := strings.Cut(page.Text, "\n")
	if page.StatusCode != http.StatusOK || name != "Ada Lovelace" {
		t.Fatalf("signed in: got status %d and %q, want Ada's own page", page.StatusCode, page.Text)
	}
	for header, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := page.Header.Get(header); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
	other := authtest.NewBrowser(t)
	a.SignIn(t, other, authtest.Grace)
	if page = other.Post(a.URL+"/own", url.Values{"form_token": {adas}}); page.StatusCode != http.StatusConflict {
		t.Errorf("Ada's form from Grace: got status %d, want 409", page.StatusCode)
	}
	if got := postFiles(t, other, a.URL+"/own", adas).StatusCode; got != http.StatusConflict {
		t.Errorf("Ada's form with files from Grace: got status %d, want 409", got)
	}
	other.Header = http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}
	if page = other.Post(a.URL+"/own", nil); page.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: got status %d, want 403", page.StatusCode)
	}
}

// postFiles posts a form of the encoding for files.
func postFiles(tb testing.TB, b *authtest.Browser, url, token string) *http.Response {
	tb.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("form_token", token)
	form.Close()
	resp, err := b.Client.Post(url, form.FormDataContentType(), &body)
	if err != nil {
		tb.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

// The body of someone who is signed out is not read to its end: it may be long.
func TestProtectedReadsNoLongFormWhileSignedOut(t *testing.T) {
	t.Parallel()
	a := guarded(t, handlerstest.Start(t))
	page := authtest.NewBrowser(t).Post(a.URL+"/own", url.Values{"text": {strings.Repeat("x", 11<<20)}})
	if page.StatusCode != http.StatusUnauthorized {
		t.Errorf("11 MB of a form: got status %d, want 401 as for a short one", page.StatusCode)
	}
}

// A form with files is parsed before the page runs, so its size is limited.
func TestProtectedLimitsTheBody(t *testing.T) {
	t.Parallel()
	a, b := guarded(t, handlerstest.Start(t)), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	for megabytes, want := range map[int]int{9: http.StatusOK, 11: http.StatusRequestEntityTooLarge} {
		page := b.Post(a.URL+"/own", url.Values{"text": {strings.Repeat("x", megabytes<<20)}})
		if page.StatusCode != want {
			t.Errorf("%d MB of a form: got status %d, want %d", megabytes, page.StatusCode, want)
		}
		if got := postFiles(t, b, a.URL+"/own", strings.Repeat("x", megabytes<<20)).StatusCode; got != want && (want != http.StatusOK || got == http.StatusRequestEntityTooLarge) {
			t.Errorf("%d MB of a form with files: got status %d, want %d", megabytes, got, want)
		}
	}
}

// A protected page reports a store failure as our own pages do.
func TestProtectedWhileStoreIsDown(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
	a, b := guarded(t, handlerstest.StartOn(t, s)), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	s.Set(storetest.Fails())
	page := b.Get(a.URL + "/own")
	if page.StatusCode != http.StatusServiceUnavailable || !strings.Contains(page.Text, "check your session right now") {
		t.Errorf("got status %d and\n%s\nwant 503 that says so", page.StatusCode, page.Text)
	}
}

// For a request that accepts JSON, every guard answers JSON.
func TestGuardsAnswerJSON(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	grace, nobody := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, grace, authtest.Grace)
	for _, c := range []struct {
		browser      *authtest.Browser
		method, path string
		status       int
		code         string
	}{
		{nobody, "GET", "/profile", 401, "sign_in_required"},
		{nobody, "GET", "/poems", 401, "sign_in_required"},
		{nobody, "POST", "/notes", 401, "sign_in_required"},
		{nobody, "POST", "/erase", 401, "sign_in_required"},
		{grace, "GET", "/poems", 403, "not_in_group"},
		{grace, "POST", "/erase", 403, "confirmation_required"},
	} {
		req, err := http.NewRequest(c.method, a.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "application/json")
		page := c.browser.Send(req)
		if page.StatusCode != c.status || page.Header.Get("Content-Type") != "application/json" || !strings.Contains(page.Text, `"error":"`+c.code+`"`) {
			t.Errorf("%s %s: got status %d and %s, want %d and %s", c.method, c.path, page.StatusCode, page.Text, c.status, c.code)
		}
	}
}

// On a page with App.Body everything of ours goes into the dialog.
func TestGuardsAnswerHTMXWithTheDialog(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	grace, nobody := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, grace, authtest.Grace)
	for _, c := range []struct {
		browser      *authtest.Browser
		method, path string
		status       int
		text         string
	}{
		{nobody, "GET", "/profile", 401, `data-resend="sign-in"`},
		{nobody, "POST", "/notes", 401, `data-resend="sign-in"`},
		{grace, "GET", "/poems", 403, "have access to this page"},
		{grace, "POST", "/erase", 403, `data-resend="confirm"`},
		{nobody, "POST", "/api/auth/signin/nobody", 404, "Sign-in option not found"},
	} {
		for _, kind := range []string{"partial", "full"} {
			req, err := http.NewRequest(c.method, a.URL+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header = http.Header{"Hx-Request": {"true"}, "Hx-Request-Type": {kind}, "Latchkey-Page": {"app"}}
			page := c.browser.Send(req)
			if page.StatusCode != c.status || page.Header.Get("HX-Retarget") != "#dialog-part" || !strings.Contains(page.Text, c.text) || strings.Contains(page.Text, "<html") {
				t.Errorf("%s %s: got status %d for %q and\n%s\nwant %d and %q", c.method, c.path, page.StatusCode, page.Header.Get("HX-Retarget"), page.Text, c.status, c.text)
			}
		}
	}
}
