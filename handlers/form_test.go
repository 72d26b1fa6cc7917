package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"latchkey/auth/authtest"
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
		{"not a token", "§", http.StatusBadRequest, true},
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
