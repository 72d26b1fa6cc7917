package handlers_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// endURL matches the URLs of the forms that end a session.
var endURL = regexp.MustCompile(`action="(/api/auth/sessions/([A-Z0-9]+)/end)"`)

// fragment makes a browser send the headers of htmx, with this target.
func fragment(b *authtest.Browser, target string) {
	b.Header.Set("HX-Request", "true")
	b.Header.Set("HX-Request-Type", "partial")
	b.Header.Set("HX-Target", target)
}

func TestProfileListsSessions(t *testing.T) {
	t.Parallel()
	for _, htmx := range []bool{false, true} {
		t.Run(map[bool]string{false: "plain", true: "htmx"}[htmx], func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			laptop, phone, grace := authtest.NewBrowser(t), authtest.NewBrowser(t), authtest.NewBrowser(t)
			laptop.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
			a.SignIn(t, laptop, authtest.Ada)
			a.SignIn(t, phone, authtest.Ada)
			a.SignIn(t, grace, authtest.Grace)
			list := laptop.Get(a.URL + "/profile").Text
			for _, want := range []string{"Firefox on Linux", "This device", "IP address 127.0.0.x", "Sign out all other sessions"} {
				if !strings.Contains(list, want) {
					t.Errorf("the list does not say %q", want)
				}
			}
			found := endURL.FindStringSubmatch(list)
			if found == nil {
				t.Fatalf("the list has no Sign out button:\n%s", list)
			}
			status := http.StatusSeeOther
			if htmx {
				status = http.StatusOK
				fragment(laptop, "section#sessions")
				fragment(grace, "section#sessions")
			}

			for b, who := range map[*authtest.Browser]authtest.Person{laptop: authtest.Ada, grace: authtest.Grace} {
				if got := b.Post(a.URL+found[1], nil); got.StatusCode != http.StatusForbidden || !strings.Contains(got.Text, "Confirm it&#39;s you") {
					t.Errorf("%s without a proof: got status %d, want 403 and a page that asks for it", who.Username, got.StatusCode)
				}
				htmx := b.Header
				b.Header = http.Header{"User-Agent": htmx["User-Agent"]}
				b.Walk(b.SignIn(a.StartConfirmation(t, b), who))
				b.Header = htmx
			}
			none := grace.Post(a.URL+"/api/auth/sessions/NOSUCHSESSION/end", nil)
			hers := grace.Post(a.URL+found[1], nil)
			if hers.StatusCode != http.StatusNotFound || none.StatusCode != http.StatusNotFound || !a.IsSignedIn(phone) {
				t.Errorf("Grace ends Ada's session, and one that is not there: got %d and %d, want 404 for both, and nothing ended", hers.StatusCode, none.StatusCode)
			}
			if got := laptop.Post(a.URL+found[1], nil); got.StatusCode != status || a.IsSignedIn(phone) || !a.IsSignedIn(laptop) {
				t.Errorf("End: got status %d, want %d, the phone signed out and the laptop signed in", got.StatusCode, status)
			}
			for _, name := range []string{"Ada's <laptop>", "Ada's <laptop>", ""} {
				got := laptop.Post(a.URL+"/api/auth/sessions/device", url.Values{"device": {name}})
				if got.StatusCode != status {
					t.Errorf("naming the device %q: got status %d, want %d", name, got.StatusCode, status)
				}
				if page := laptop.Get(a.URL + "/profile").Text; !strings.Contains(page, `id="device" name="device" value="`+html.EscapeString(name)+`"`) {
					t.Errorf("the form does not have the name %q:\n%s", name, page)
				}
			}
		})
	}
}

// Ending another session requires a confirmation on every route; with one, both
// routes for it work.
func TestEndingAnotherSessionRequiresConfirmation(t *testing.T) {
	t.Parallel()
	ended := map[string]bool{}
	for _, proved := range []bool{false, true} {
		a := handlerstest.Start(t)
		laptop, phone := authtest.NewBrowser(t), authtest.NewBrowser(t)
		err := chi.Walk(a.Handler().(*handlers.App).Routes(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
			if method != http.MethodGet && method != http.MethodPost {
				return nil
			}
			if strings.HasSuffix(route, "/events") { // it has no end
				return nil
			}
			for _, b := range []*authtest.Browser{laptop, phone} {
				if !a.IsSignedIn(b) {
					a.SignIn(t, b, authtest.Ada)
				}
			}
			if proved {
				laptop.Walk(laptop.SignIn(a.StartConfirmation(t, laptop), authtest.Ada))
			}
			id := endURL.FindStringSubmatch(laptop.Get(a.URL + "/profile").Text)
			if id == nil {
				t.Fatal("the list has no button that ends the other session")
			}
			url := a.URL + strings.NewReplacer("{id}", id[2], "{provider}", "asgardeo", "{group}", "poets", "*", "app.js").Replace(route)
			if method == http.MethodGet {
				laptop.Get(url)
			} else {
				laptop.Post(url, nil)
			}
			if !a.IsSignedIn(phone) {
				ended[route] = true
				if !proved {
					t.Errorf("%s %s ended another session without a proof", method, route)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]bool{"/api/auth/sessions/{id}/end": true, "/api/auth/sessions/end-others": true}, ended); diff != "" {
		t.Errorf("the routes that end another session (-want +got):\n%s", diff)
	}
}

// One confirmation allows ending several sessions; ending one's own requires none.
func TestConfirmationAllowsEndingSeveralSessions(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	laptop := authtest.NewBrowser(t)
	a.SignIn(t, laptop, authtest.Ada)
	others := []*authtest.Browser{authtest.NewBrowser(t), authtest.NewBrowser(t)}
	for _, b := range others {
		a.SignIn(t, b, authtest.Ada)
	}
	page := laptop.Walk(laptop.SignIn(a.StartConfirmation(t, laptop), authtest.Ada))
	if page.URL != a.URL+"/profile" || !strings.Contains(page.Text, "Confirmed.") {
		t.Errorf("after the proof: got %s, want the page that asked for it, and a notice:\n%s", page.URL, page.Text)
	}
	for range others {
		found := endURL.FindStringSubmatch(laptop.Get(a.URL + "/profile").Text)
		page := laptop.Post(a.URL+found[1], nil)
		if page.Redirect != a.URL+"/profile#sessions" {
			t.Errorf("Sign out: got status %d to %q, want a redirect to the list", page.StatusCode, page.Redirect)
		}
		if page := laptop.Get(a.URL + "/profile"); !strings.Contains(page.Text, "Signed out.") {
			t.Error("the next page does not say that a session has ended")
		}
	}
	for i, b := range others {
		if a.IsSignedIn(b) {
			t.Errorf("session %d is still there", i+1)
		}
	}
	var own string
	fresh := authtest.NewBrowser(t)
	a.SignIn(t, fresh, authtest.Ada)
	a.InRequest(t, fresh, func(ctx context.Context) {
		session, _ := auth.FromContext(ctx)
		own = session.ID
	})
	if got := fresh.Post(a.URL+"/api/auth/sessions/"+own+"/end", nil).StatusCode; got == http.StatusForbidden || a.IsSignedIn(fresh) {
		t.Errorf("one's own session: got status %d, want it ended without a proof", got)
	}
}
