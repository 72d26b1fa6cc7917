package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// Config.Admit decides who may sign in, after the ID token is verified.
func TestAdmitDecidesWhoSignsIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		admit  func(context.Context, *auth.Session) error
		status int
		page   string // part of the page
	}{
		{"accepts, and sets a value", func(_ context.Context, s *auth.Session) error {
			s.Values["plan"] = "gold"
			return nil
		}, http.StatusOK, "You are now signed in!"},
		{"reads the verified claims", func(_ context.Context, s *auth.Session) error {
			if s.User.Email != authtest.Ada.Email || s.Claims()["given_name"] != "Ada" || !s.InGroup("asgardeo", "poets") {
				return auth.Refuse("who is this?")
			}
			return nil
		}, http.StatusOK, "You are now signed in!"},
		{"refuses with a message", func(context.Context, *auth.Session) error {
			return auth.Refuse("Only <b>people</b> of example.org may sign in.")
		}, http.StatusForbidden, "Only &lt;b&gt;people&lt;/b&gt; of example.org may sign in."},
		{"fails, and refuses with the default message", func(context.Context, *auth.Session) error {
			return errors.New("the database of users is down")
		}, http.StatusForbidden, "this app doesn&#39;t let you in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t, func(config *auth.Config, _ *handlers.Config) { config.Admit = c.admit })
			b := authtest.NewBrowser(t)
			page := a.SignIn(t, b, authtest.Ada)
			if page.StatusCode != c.status || !strings.Contains(page.Text, c.page) {
				t.Errorf("after signing in: got status %d and\n%s\nwant %d and %q", page.StatusCode, page.Text, c.status, c.page)
			}
			if got, want := a.IsSignedIn(b), c.status == http.StatusOK; got != want {
				t.Errorf("signed in: got %v, want %v", got, want)
			}
			if strings.Contains(page.Text, "database of users") {
				t.Error("the page shows the cause")
			}
			a.Auth.Close() // waits for background work
			if got, want := len(a.Provider.Revoked()) > 0, c.status != http.StatusOK; got != want {
				t.Errorf("the tokens of a refused person are revoked: got %v, want %v", got, want)
			}
		})
	}
}

// Config.Admit is called only after everything is verified.
func TestAdmitIsNotCalledForAnotherPerson(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 9)
	a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) {
		c.Admit = func(_ context.Context, s *auth.Session) error {
			asked <- s.User.Subject
			return nil
		}
	})
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	b.Walk(b.SignIn(a.StartConfirmation(t, b), authtest.Grace))
	if got := len(asked); got != 1 {
		t.Errorf("after Ada's sign-in and Grace's attempt to confirm for her: Admit was called %d times, want once", got)
	}
}

// The provider's session would sign a refused person in again without a prompt.
// The page therefore offers another account, and keeps the callback URL.
func TestAdmitRefusalOffersAnotherAccount(t *testing.T) {
	t.Parallel()
	for prompt, listed := range map[string][]string{"select_account": {"none", "login", "select_account"}, "login": nil} {
		a := handlerstest.Start(t, func(config *auth.Config, _ *handlers.Config) {
			config.Admit = func(_ context.Context, s *auth.Session) error {
				if s.User.Subject != authtest.Grace.Subject {
					return auth.Refuse("Only Grace may.")
				}
				return nil
			}
		})
		a.Provider.EditDiscovery(func(doc map[string]any) { doc["prompt_values_supported"] = listed })
		b := authtest.NewBrowser(t)
		page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {"/profile"}})
		page = b.Walk(b.SignIn(page.Redirect, authtest.Ada))
		for _, want := range []string{"Sign in as someone else", `name="another" value="1"`, `name="callbackUrl" value="/profile"`} {
			if page.StatusCode != http.StatusForbidden || !strings.Contains(page.Text, want) {
				t.Fatalf("Ada: got status %d and\n%s\nwant 403 and %s", page.StatusCode, page.Text, want)
			}
		}
		page = b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {"/profile"}, "another": {"1"}})
		to, err := url.Parse(page.Redirect)
		if err != nil || to.Query().Get("prompt") != prompt {
			t.Errorf("with another account: got the request %s, want prompt=%s", page.Redirect, prompt)
		}
		if prompt == "select_account" {
			continue // the test provider has no account list
		}
		if page = b.Get(b.SignIn(page.Redirect, authtest.Grace)); page.Redirect != a.URL+"/profile" || !a.HomeIsSignedIn(b) {
			t.Errorf("Grace: got status %d to %q, want her signed in, at /profile", page.StatusCode, page.Redirect)
		}
	}
}
