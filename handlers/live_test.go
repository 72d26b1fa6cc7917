package handlers_test

import (
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// The page names what its script needs, for the script knows no URLs: who it
// was made for, and the stream that tells of the session's end.
func TestPagesSayWhomTheyAreFor(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	const nobody, stream = `data-who=""`, `data-events="/api/auth/events"`
	for path, want := range map[string]bool{"/": true, "/profile": true, "/no-such-page": false} {
		page := b.Get(a.URL + path).Text
		if got := strings.Contains(page, nobody); got != want || strings.Contains(page, stream) {
			t.Errorf("%s, signed out: got %s %v and %s %v, want %v and false", path, nobody, got, stream, strings.Contains(page, stream), want)
		}
		if !strings.Contains(page, `data-session="/api/auth/session"`) {
			t.Errorf("%s does not say where to ask who is signed in", path)
		}
	}
	a.signIn(t, b, authtest.Ada)
	for _, path := range []string{"/", "/profile"} {
		page := b.Get(a.URL + path).Text
		if !strings.Contains(page, `data-who="asgardeo `+authtest.Ada.Subject+`"`) || !strings.Contains(page, stream) {
			t.Errorf("%s, signed in: does not say that it is Ada's, or has no %s", path, stream)
		}
	}
}
