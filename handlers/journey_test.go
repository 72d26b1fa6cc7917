package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

func TestJourney(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	page := a.signIn(t, b, authtest.Ada)
	if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "You are now signed in!") || !strings.Contains(page.Text, "Ada Lovelace") {
		t.Fatalf("after signing in: got status %d and\n%s\nlog:\n%s", page.StatusCode, page.Text, a.Log)
	}
	page = b.Get(a.URL + "/profile")
	if !strings.Contains(page.Text, "ada@example.com") {
		t.Fatalf("the profile has no e-mail address:\n%s", page.Text)
	}
	page = b.Walk(b.Walk(b.Post(a.URL+"/api/auth/signout", nil).Redirect).Redirect)
	if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "You&#39;re signed out of Latchkey and Asgardeo.") {
		t.Fatalf("after signing out: got status %d and\n%s\nlog:\n%s", page.StatusCode, page.Text, a.Log)
	}
}
