package auth_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

func TestTimelineOfSignIn(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	var got []string
	a.InRequest(t, b, func(ctx context.Context) {
		session, _ := auth.FromContext(ctx)
		for _, step := range session.Timeline() {
			got = append(got, step.Name)
		}
	})
	want := []string{auth.StepRequest, auth.StepResponse, auth.StepTokens, auth.StepIDToken, auth.StepSession}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the steps (-want +got):\n%s", diff)
	}
	if page := b.Get(a.URL + "/profile"); !strings.Contains(page.Text, "How you were signed in") || !strings.Contains(page.Text, "code_challenge_method") {
		t.Errorf("the profile does not show the timeline:\n%s", page.Text)
	}
}

func TestTimelineOfFailureIsLogged(t *testing.T) {
	t.Parallel()
	refuse := func(context.Context, *auth.Session) error { return auth.Refuse("not today") }
	for _, c := range []struct {
		name        string
		nonce       string // in the ID token, if not the right one
		admit       func(context.Context, *auth.Session) error
		status      int
		event       string
		last, after string // a step that is logged, and one that is not
	}{
		{"a wrong nonce", "another", nil, http.StatusBadGateway, "sign_in_failed", auth.StepTokens, auth.StepIDToken},
		{"a refusal by the app", "", refuse, http.StatusForbidden, "sign_in_refused", auth.StepIDToken, auth.StepSession},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t, func(config *auth.Config, _ *handlers.Config) { config.Admit = c.admit })
			a.Provider.EditIDToken(func(_, claims map[string]any) {
				if c.nonce != "" {
					claims["nonce"] = c.nonce
				}
			})
			if page := a.SignIn(t, authtest.NewBrowser(t), authtest.Ada); page.StatusCode != c.status {
				t.Fatalf("got status %d, want %d", page.StatusCode, c.status)
			}
			step := func(name string) string { return `"n":"` + name + `"` }
			for line := range strings.Lines(a.Log.String()) {
				if strings.Contains(line, `"event":"`+c.event+`"`) {
					if !strings.Contains(line, step(c.last)) || strings.Contains(line, step(c.after)) {
						t.Errorf("the log line: got %s, want the steps up to %q", line, c.last)
					}
					return
				}
			}
			t.Errorf("no event is logged:\n%s", a.Log)
		})
	}
}

// The timeline shows the authorization request that was sent.
func TestTimelineShowsRequestSent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		form url.Values
	}{
		{"a plain sign-in", url.Values{}},
		{"sign-up", url.Values{"signup": {"1"}}},
		{"a login hint", url.Values{"login_hint": {"ada@example.com"}}},
		{"an organization", url.Values{"organization": {"analytical-engines"}}},
		{"all at once", url.Values{"signup": {"1"}, "login_hint": {"ada@example.com"}, "organization": {"analytical-engines"}}},
		{"a confirmation", url.Values{"confirm": {handlerstest.SensitiveAction}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			a.Provider.EditDiscovery(func(doc map[string]any) { doc["prompt_values_supported"] = []string{"login", "create"} })
			b := authtest.NewBrowser(t)
			a.SignIn(t, b, authtest.Ada)
			sent := b.Post(a.URL+"/api/auth/signin/asgardeo", c.form).Redirect
			b.Walk(b.SignIn(sent, authtest.Ada))

			u, err := url.Parse(sent)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"to": a.Provider.URL}
			for name, values := range u.Query() {
				want[name] = values[0]
			}
			for _, secret := range []string{"state", "nonce", "code_challenge"} {
				want[secret] = "" // the timeline shows only that it was present
			}
			if diff := cmp.Diff(want, timelineFacts(t, a, b, auth.StepRequest)); diff != "" {
				t.Errorf("the authorization request in the timeline (-sent +shown):\n%s", diff)
			}
		})
	}
}

// timelineFacts returns the facts of a step of the sign-in.
func timelineFacts(tb testing.TB, a *handlerstest.App, b *authtest.Browser, name string) map[string]string {
	tb.Helper()
	facts := map[string]string{}
	a.InRequest(tb, b, func(ctx context.Context) {
		session, _ := auth.FromContext(ctx)
		for _, step := range session.Timeline() {
			for _, f := range step.Facts {
				if step.Name == name {
					facts[f.Name] = f.Value
				}
			}
		}
	})
	return facts
}
