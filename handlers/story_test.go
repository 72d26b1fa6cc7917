package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

func TestStoryOfASignIn(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	var got []string
	a.as(t, b, func(ctx context.Context) {
		session, _ := auth.FromContext(ctx)
		for _, step := range session.Story() {
			got = append(got, step.Name)
		}
	})
	want := []string{auth.StepRequest, auth.StepResponse, auth.StepTokens, auth.StepIDToken, auth.StepSession}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the steps (-want +got):\n%s", diff)
	}
	if page := b.Get(a.URL + "/profile"); !strings.Contains(page.Text, "How you were signed in") || !strings.Contains(page.Text, "code_challenge_method") {
		t.Errorf("the profile does not tell the story:\n%s", page.Text)
	}
}

func TestStoryOfAFailureIsInTheLog(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	a.Provider.EditIDToken(func(_, claims map[string]any) { claims["nonce"] = "another" })
	page := a.signIn(t, b, authtest.Ada)
	if page.StatusCode != http.StatusBadGateway {
		t.Fatalf("a wrong nonce: got status %d, want 502", page.StatusCode)
	}
	for line := range strings.Lines(a.Log.String()) {
		if strings.Contains(line, "answered with an error") {
			if !strings.Contains(line, auth.StepTokens) || strings.Contains(line, auth.StepIDToken) {
				t.Errorf("the log line: got %s, want the steps up to the token response", line)
			}
			return
		}
	}
	t.Errorf("the failure is not in the log:\n%s", a.Log)
}
