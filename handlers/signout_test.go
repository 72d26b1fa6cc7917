package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

func TestSignOutByHTMXUsesRedirectHeader(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	b.Header = asksForFragment
	page := b.Post(a.URL+"/api/auth/signout", nil)
	if got := page.Header.Get("Hx-Redirect"); page.StatusCode != http.StatusOK || !strings.HasPrefix(got, a.Provider.Endpoint(authtest.EndSessionEndpoint)) {
		t.Errorf("got status %d and HX-Redirect %q, want 200 and the end session endpoint", page.StatusCode, got)
	}
}

// If the provider has no end session endpoint, htmx gets the signed-out page as the
// response, and a plain form is redirected to it. Either way the notice is shown
// once.
func TestSignOutWithoutProviderReturnsHomeFragment(t *testing.T) {
	t.Parallel()
	for _, htmx := range []bool{true, false} {
		a, b := handlerstest.Start(t), authtest.NewBrowser(t)
		a.Provider.EditDiscovery(func(doc map[string]any) { delete(doc, "end_session_endpoint") })
		a.SignIn(t, b, authtest.Ada)
		if htmx {
			fragment(b, "section#account")
		}
		page := b.Post(a.URL+"/api/auth/signout", nil)
		set := map[string]int{}
		for _, c := range page.Cookies() {
			set[c.Name]++
		}
		if diff := cmp.Diff(map[string]int{"latchkey.session": 1, "latchkey.notice": 1}, set); diff != "" {
			t.Errorf("htmx %t: how often each cookie is set (-want +got):\n%s", htmx, diff)
		}
		b.Header = http.Header{}
		switch {
		case !htmx && page.StatusCode != http.StatusSeeOther:
			t.Errorf("a plain form: got status %d, want 303", page.StatusCode)
		case !htmx:
			page = b.Walk(page.Redirect)
		case page.StatusCode != http.StatusOK || page.Header.Get("HX-Replace-Url") != "/" || strings.Contains(page.Text, "<html"):
			t.Errorf("htmx: got status %d, URL %q and\n%s\nwant 200, / and a fragment", page.StatusCode, page.Header.Get("HX-Replace-Url"), page.Text)
		}
		if !strings.Contains(page.Text, "You&#39;re signed out of Latchkey.") || !strings.Contains(page.Text, `data-user=""`) {
			t.Errorf("htmx %t: got\n%s\nwant the signed-out page with its notice", htmx, page.Text)
		}
		if again := b.Get(a.URL + "/"); strings.Contains(again.Text, "signed out") || a.IsSignedIn(b) {
			t.Errorf("htmx %t: got the notice twice, or somebody signed in:\n%s", htmx, again.Text)
		}
	}
}

// The provider may sign the same person in again without asking: after a sign-out the
// page offers another account too.
func TestSignOutOffersAnotherAccount(t *testing.T) {
	t.Parallel()
	const offer = `name="another" value="1"`
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	if page := b.Get(a.URL); strings.Contains(page.Text, offer) {
		t.Errorf("before: got the offer in\n%s", page.Text)
	}
	a.SignIn(t, b, authtest.Ada)
	if page := a.FollowSignOut(b, b.Post(a.URL+"/api/auth/signout", nil)); !strings.Contains(page.Text, offer) {
		t.Errorf("after signing out: got no offer of another account in\n%s", page.Text)
	}
	if page := b.Get(a.URL); strings.Contains(page.Text, offer) {
		t.Errorf("on the next page: got the offer in\n%s", page.Text)
	}
}
