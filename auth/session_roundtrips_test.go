package auth_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// A page takes one lookup for a signed-in user, and none for a signed-out one.
func TestSessionLookupTakesOneRoundTrip(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
	a := handlerstest.StartOn(t, s)
	b, stranger := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	for _, test := range []struct {
		path    string
		browser *authtest.Browser
		want    []string
	}{
		{"/", b, []string{"Find"}},
		{"/api/auth/session", b, []string{"Find"}},
		{"/healthz", b, nil},
		{"/", stranger, nil},
		{"/api/auth/session", stranger, nil},
	} {
		before := len(s.Calls())
		if got := test.browser.Get(a.URL + test.path).StatusCode; got != http.StatusOK {
			t.Errorf("GET %s: got status %d, want 200", test.path, got)
		}
		if diff := cmp.Diff(test.want, s.Calls()[before:], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("GET %s: calls of the store (-want +got):\n%s", test.path, diff)
		}
	}
}
