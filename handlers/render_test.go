package handlers_test

import (
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// The page names what its script needs, for the script knows no URLs: who it
// was made for, and the stream that tells of the session's end.
func TestPagesNameTheirUser(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	const nobody, stream = `data-user=""`, `data-events="/api/auth/events"`
	for path, want := range map[string]bool{"/": true, "/profile": true, "/no-such-page": false} {
		page := b.Get(a.URL + path).Text
		if got := strings.Contains(page, nobody); got != want || strings.Contains(page, stream) {
			t.Errorf("%s, signed out: got %s %v and %s %v, want %v and false", path, nobody, got, stream, strings.Contains(page, stream), want)
		}
		if !strings.Contains(page, `data-session-url="/api/auth/session"`) {
			t.Errorf("%s does not say where to ask who is signed in", path)
		}
	}
	a.SignIn(t, b, authtest.Ada)
	for _, path := range []string{"/", "/profile"} {
		page := b.Get(a.URL + path).Text
		if !strings.Contains(page, `data-user="asgardeo `+authtest.Ada.Subject+`"`) || !strings.Contains(page, stream) {
			t.Errorf("%s, signed in: does not say that it is Ada's, or has no %s", path, stream)
		}
	}
}

// A sign-out under way is told of in the tab that signs out, and in no other
// that is brought up to date meanwhile.
func TestNoticeIsShownInTheActingTab(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	b.Post(a.URL+"/api/auth/signout", nil) // and the browser has not come back from the provider yet
	const notice = "You&#39;re signed out of Latchkey."
	plain := b.Header.Clone()
	fragment(b, "body")
	if other := b.Get(a.URL + "/"); strings.Contains(other.Text, notice) || other.Header.Get("Set-Cookie") != "" {
		t.Errorf("another tab: got %q and cookies %q, want neither notice nor cookie", other.Text, other.Header["Set-Cookie"])
	}
	b.Header = plain
	if acting := b.Get(a.URL + "/"); !strings.Contains(acting.Text, notice) {
		t.Errorf("the tab that signs out: got no notice:\n%s", acting.Text)
	}
}
