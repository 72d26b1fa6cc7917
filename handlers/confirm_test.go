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

// Without JavaScript the person confirms on a page of ours, and returns to the page
// with the form.
func TestRequireFresh(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	b.Header = http.Header{"Referer": {a.URL + "/profile?tab=1"}}
	page := b.Post(a.URL+"/erase", nil)
	for _, want := range []string{"Sign in again to erase all.", `name="confirm" value="erase"`, `name="callbackUrl" value="/profile?tab=1"`} {
		if page.StatusCode != http.StatusForbidden || !strings.Contains(page.Text, want) {
			t.Fatalf("not confirmed: got status %d and\n%s\nwant 403 and %s", page.StatusCode, page.Text, want)
		}
	}
	form := url.Values{"confirm": {"erase"}, "callbackUrl": {"/profile?tab=1"}}
	page = b.Walk(b.SignIn(b.Post(a.URL+"/api/auth/signin/asgardeo", form).Redirect, authtest.Ada))
	if !strings.Contains(page.Text, "My profile") || !strings.Contains(page.Text, "notice-success") {
		t.Errorf("after signing in again: got\n%s\nwant the page with the form and a notice", page.Text)
	}
	if page = b.Post(a.URL+"/erase", nil); page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "Erased") {
		t.Errorf("confirmed: got status %d and\n%s\nwant it done", page.StatusCode, page.Text)
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
