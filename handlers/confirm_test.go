package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// Without JavaScript the person gets back the form that they sent, confirms in another
// window, and sends it again.
func TestRequireFreshReturnsTheForm(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	b := authtest.NewBrowser(t)
	token := tokenField.FindStringSubmatch(a.SignIn(t, b, authtest.Ada).Text)[1]
	b.Header = http.Header{"Referer": {a.URL + "/profile?tab=1"}}
	sent := url.Values{"note": {"my <words>"}, "password": {"hunter2"}, "form_token": {token}}
	page := b.Post(a.URL+"/erase?all=1", sent)
	for _, want := range []string{
		"Sign in again to erase all.", `target="_blank"`, `name="confirm" value="erase"`, `name="callbackUrl" value="/api/auth/signed-in"`, `href="/profile?tab=1"`,
		`action="/erase?all=1"`, `name="note" value="my &lt;words&gt;"`, `type="password" name="password"`, `name="form_token" value="` + token + `"`, "Choose files and enter passwords again.",
	} {
		if page.StatusCode != http.StatusForbidden || !strings.Contains(page.Text, want) {
			t.Errorf("not confirmed: got status %d and\n%s\nwant 403 and %s", page.StatusCode, page.Text, want)
		}
	}
	if strings.Contains(page.Text, "hunter2") || strings.Contains(page.Text, "data-user") {
		t.Errorf("got\n%s\nwant neither the password nor a page that is refreshed", page.Text)
	}
	confirm(t, a, b, "erase", "/api/auth/signed-in", "Confirmed.")
	if page = b.Post(a.URL+"/erase?all=1", sent); page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "Erased") {
		t.Errorf("confirmed: got status %d and\n%s\nwant it done", page.StatusCode, page.Text)
	}
}

// A page that another person left open does not ask the one who is signed in to confirm.
func TestRequireFreshChecksFormTokenFirst(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	ada, grace := authtest.NewBrowser(t), authtest.NewBrowser(t)
	left := tokenField.FindStringSubmatch(a.SignIn(t, ada, authtest.Ada).Text)[1]
	a.SignIn(t, grace, authtest.Grace)
	if page := grace.Post(a.URL+"/erase", url.Values{"form_token": {left}}); page.StatusCode != http.StatusConflict {
		t.Errorf("Ada's form, sent by Grace: got status %d and\n%s\nwant 409", page.StatusCode, page.Text)
	}
}

// A page that needs a confirmation has no form: the person returns to it.
func TestRequireFreshReturnsToPage(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	page := b.Get(a.URL + "/vault?tab=1")
	if want := `name="callbackUrl" value="/vault?tab=1"`; page.StatusCode != http.StatusForbidden || !strings.Contains(page.Text, want) {
		t.Errorf("not confirmed: got status %d and\n%s\nwant 403 and %s", page.StatusCode, page.Text, want)
	}
	confirm(t, a, b, "open", "/vault?tab=1", "My vault")
}

// A form of any guard is returned when the session has ended, with its fields for files:
// its URL may have no page.
func TestFormOfEndedSessionIsReturnedByEveryGuard(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	for _, path := range []string{"/notes", "/erase", "/poems"} {
		body := "--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nmy words\r\n--x\r\nContent-Disposition: form-data; name=\"scan\"; filename=\"a.pdf\"\r\n\r\n%PDF\r\n--x--\r\n"
		req, err := http.NewRequest(http.MethodPost, a.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		page := authtest.NewBrowser(t).Send(req)
		for _, want := range []string{`action="` + path + `"`, `enctype="multipart/form-data"`, `name="note" value="my words"`, `type="file" name="scan"`} {
			if page.StatusCode != http.StatusUnauthorized || !strings.Contains(page.Text, want) {
				t.Errorf("POST %s: got status %d and\n%s\nwant 401 and %s", path, page.StatusCode, page.Text, want)
			}
		}
	}
}

// confirm confirms an action as Ada, and ends on a page with this text.
func confirm(t *testing.T, a *handlerstest.App, b *authtest.Browser, action, callbackURL, text string) {
	t.Helper()
	form := url.Values{"confirm": {action}, "callbackUrl": {callbackURL}}
	page := b.Walk(b.SignIn(b.Post(a.URL+"/api/auth/signin/asgardeo", form).Redirect, authtest.Ada))
	if !strings.Contains(page.Text, text) {
		t.Fatalf("after signing in again: got\n%s\nwant %s", page.Text, text)
	}
}

func TestRequireFreshRefusesTwoMeaningsOfAnAction(t *testing.T) {
	t.Parallel()
	app := handlerstest.Start(t).NewHandlers(t)
	app.RequireFresh(auth.Confirmation{Action: "pay"}, "Why")
	app.RequireFresh(auth.Confirmation{Action: "pay"}, "Why")
	defer func() {
		if recover() == nil {
			t.Error("a second meaning of the action: got no panic")
		}
	}()
	app.RequireFresh(auth.Confirmation{Action: "pay", ACR: []string{"gold"}}, "Why")
}
