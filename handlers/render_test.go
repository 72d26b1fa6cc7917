package handlers_test

import (
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// The page has the attributes that its script needs: the user, and the event stream.
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

// The notice of a sign-out in progress is shown in the tab that signs out, and not in
// one that refreshes meanwhile.
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
