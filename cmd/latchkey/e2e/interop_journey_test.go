package e2e

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// interop is the program with a certified provider.
type interop struct {
	*program
	provider *certified
}

// startSignIn presses Sign in, and returns the authorization URL.
func (i *interop) startSignIn(t *testing.T, b *authtest.Browser) (url string) {
	t.Helper()
	page := b.Post(i.URL+"/api/auth/signin/asgardeo", nil)
	if page.StatusCode != http.StatusSeeOther {
		t.Fatalf("Sign in: got status %d and\n%s\nlog:\n%s\nprovider:\n%s", page.StatusCode, page.Text, i.Log, i.provider.Log)
	}
	return page.Redirect
}

func (i *interop) signIn(t *testing.T, b *authtest.Browser) {
	t.Helper()
	i.finish(t, b, i.startSignIn(t, b))
}

func (i *interop) finish(t *testing.T, b *authtest.Browser, authorizationURL string) {
	t.Helper()
	i.wantSignedIn(t, b.Walk(i.provider.submitForms(t, b, b.Walk(authorizationURL)).Redirect))
}

func (i *interop) wantSignedIn(t *testing.T, page *authtest.Page) {
	t.Helper()
	if !strings.Contains(page.Text, "You are now signed in!") || !strings.Contains(page.Text, "Ada Lovelace") {
		t.Fatalf("after Sign in: got status %d and\n%s\nlog:\n%s\nprovider:\n%s", page.StatusCode, page.Text, i.Log, i.provider.Log)
	}
}

// twoTabs finishes two sign-ins of one browser in reverse order.
func (i *interop) twoTabs(t *testing.T) {
	b := authtest.NewBrowser(t)
	first, second := i.startSignIn(t, b), i.startSignIn(t, b)
	i.finish(t, b, second)
	i.finish(t, b, first)
}

// refreshTwice calls an API with the access token until it has been refreshed
// twice, the second time with a rotated refresh token.
func (i *interop) refreshTwice(t *testing.T, b *authtest.Browser) {
	api := i.startAPI(t)
	eventually(t, "the access token is refreshed twice", func() bool {
		if page := b.Get(api); page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "ada@example.com") {
			t.Fatalf("a call of userinfo: got status %d and %s\nprovider:\n%s", page.StatusCode, page.Text, i.provider.Log)
		}
		return strings.Count(i.provider.Log.String(), "granted refresh_token") >= 2
	})
}

// startAPI starts a second replica, which requests userinfo for the signed-in
// person.
func (i *interop) startAPI(t *testing.T) (url string) {
	c, err := auth.LoadConfig(i.environ())
	if err != nil {
		t.Fatal(err)
	}
	sessions := handlerstest.OpenStore(t, i.Env["SESSION_STORE"])
	replica, err := auth.New(c, sessions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(replica.Close)
	listener, err := net.Listen("tcp", "localhost:0") // the host that the cookie is for
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(replica.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp, err := replica.Client(r.Context()).Get(i.provider.Issuer + "/me")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return "http://localhost:" + port
}

// signOut signs out of the app and the provider.
func (i *interop) signOut(t *testing.T, b *authtest.Browser) {
	asked := i.provider.submitForms(t, b, b.Walk(b.Post(i.URL+"/api/auth/signout", nil).Redirect))
	page := b.Walk(asked.Redirect)
	if !strings.Contains(page.Text, "signed out of "+appName+" and Asgardeo.") {
		t.Errorf("after Sign Out: got status %d and\n%s\nlog:\n%s\nprovider:\n%s", page.StatusCode, page.Text, i.Log, i.provider.Log)
	}
	again := b.Walk(i.startSignIn(t, b))
	if formAction.FindStringSubmatch(again.Text) == nil {
		t.Errorf("Sign in after Sign Out: got status %d and no login page: the provider's session has not ended", again.StatusCode)
	}
}

// backChannelLogout signs out at the provider, which notifies the app. An open
// event stream reports it.
func (i *interop) backChannelLogout(t *testing.T) {
	b := authtest.NewBrowser(t)
	i.signIn(t, b)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // the slow poll comes later
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, i.URL+"/api/auth/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := b.Client.Do(r)
	if err != nil || stream.StatusCode != http.StatusOK {
		t.Fatalf("the event stream: got %v, %v, want 200", stream, err)
	}
	defer stream.Body.Close()
	done := i.provider.submitForms(t, b, b.Get(i.provider.Issuer+"/session/end"))
	heard, _ := io.ReadAll(stream.Body)
	if !strings.Contains(string(heard), "event: ended") {
		t.Errorf("the event stream: got\n%s\nwant the end of the session; the provider showed status %d at %s and logged:\n%s\nlog:\n%s", heard, done.StatusCode, done.URL, i.provider.Log, tail(i.Log.String()))
	}
	if got := strings.TrimSpace(b.Get(i.URL + "/api/auth/session").Text); got != "null" {
		t.Errorf("the session after back-channel logout: got %s, want null", got)
	}
}
