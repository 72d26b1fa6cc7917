package doctor

import (
	"errors"
	"strings"
	"testing"
)

func TestEnvironmentProblemsAreErrorsWithRemedies(t *testing.T) {
	t.Parallel()
	problems := errors.Join(
		errors.New("AUTH_SECRET: is missing. Run `latchkey secret` for a good one"),
		errors.New("PORT: \"x. y\" is not a port. Set it to a number"),
	)
	got := Environment(problems, []string{"AUTH_SECERT: is not a variable. Did you mean AUTH_SECRET?"})
	want := []Check{
		{"environment: AUTH_SECRET", Error, "is missing", "Run `latchkey secret` for a good one"},
		{"environment: PORT", Error, "\"x. y\" is not a port", "Set it to a number"},
		{"environment: AUTH_SECERT", Warning, "is not a variable", "Did you mean AUTH_SECRET?"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d checks, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

func TestRedactReplacesSecretsOnly(t *testing.T) {
	t.Parallel()
	checks := []Check{{"a", Error, "the password is hunter2-hunter2", "Change hunter2-hunter2"}}
	Redact(checks, "hunter2-hunter2", "", "the")
	if got := checks[0].Detail + checks[0].Remedy; strings.Contains(got, "hunter2") || !strings.HasPrefix(got, "the password is") {
		t.Errorf("got %q, want it without the secret, and with the short word", got)
	}
}
