package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// TestMain runs the program itself if command says so. That tests exit codes
// and signals without a build.
func TestMain(m *testing.M) {
	if os.Getenv("LATCHKEY_TEST_AS_MAIN") != "" {
		main()
		return
	}
	brand.Footer += testFooter
	os.Exit(m.Run())
}

// testFooter is a part of the brand that only tests have.
const testFooter = "<p>Made by a fork</p>"

// command returns the program as a separate process.
func command(tb testing.TB, environ []string, args ...string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), self, args...)
	cmd.Env = append(environ, "LATCHKEY_TEST_AS_MAIN=1")
	return cmd
}

func TestSignInAndSignOut(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := authtest.NewBrowser(t)
	if page := b.Get(p.URL); page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "Sign in") || !strings.Contains(page.Text, testFooter) {
		t.Fatalf("the home page, signed out: got status %d and\n%s", page.StatusCode, page.Text)
	}
	if page := p.signIn(t, b, authtest.Ada); !strings.Contains(page.Text, "You are now signed in!") || !strings.Contains(page.Text, "Ada Lovelace") {
		t.Fatalf("after Sign in: got status %d and\n%s\nlog:\n%s", page.StatusCode, page.Text, p.Log)
	}
	if page := b.Get(p.URL + "/profile"); page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "ada@example.com") {
		t.Errorf("the profile: got status %d and\n%s", page.StatusCode, page.Text)
	}
	page := b.Walk(b.Post(p.URL+"/api/auth/signout", nil).Redirect) // the provider's end session endpoint
	page = b.Walk(page.Redirect)                                    // and back
	if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "signed out of "+brand.Name+" and Asgardeo.") {
		t.Errorf("after Sign Out: got status %d and\n%s\nlog:\n%s", page.StatusCode, page.Text, p.Log)
	}
	if got := p.Provider.Sessions(); len(got) != 0 {
		t.Errorf("the provider's sessions after Sign Out: got %v, want none", got)
	}
}

func TestSessionsSurviveRestart(t *testing.T) {
	t.Parallel()
	people := []authtest.Person{authtest.Ada, authtest.Grace, {
		Subject: "b51e1c2f-7a0e-4f51-8a51-64a0c7a70a3b", Username: "alan", Password: authtest.Password, GivenName: "Alan", FamilyName: "Turing",
	}}
	p := started(t, authtest.WithPeople(people...))
	browsers := make([]*authtest.Browser, len(people))
	for i, who := range people {
		browsers[i] = authtest.NewBrowser(t)
		p.signIn(t, browsers[i], who)
	}
	p.restart(t)
	for i, who := range people {
		if page := browsers[i].Get(p.URL + "/profile"); page.StatusCode != http.StatusOK || !strings.Contains(page.Text, who.Name()) {
			t.Errorf("%s after a restart: got status %d and\n%s", who.Name(), page.StatusCode, page.Text)
		}
	}
	if page := authtest.NewBrowser(t).Get(p.URL + "/profile"); page.StatusCode != http.StatusUnauthorized {
		t.Errorf("someone else after a restart: got status %d, want 401", page.StatusCode)
	}
}

func TestEndedSessionStaysEndedAfterRestart(t *testing.T) {
	t.Parallel()
	p := started(t)
	b, thief := authtest.NewBrowser(t), authtest.NewBrowser(t)
	p.signIn(t, b, authtest.Ada)
	app, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	thief.Client.Jar.SetCookies(app, b.Client.Jar.Cookies(app))
	if page := thief.Get(p.URL + "/profile"); page.StatusCode != http.StatusOK {
		t.Fatalf("a copied cookie before Sign Out: got status %d, want 200", page.StatusCode)
	}
	b.Post(p.URL+"/api/auth/signout", nil)
	p.restart(t)
	if page := thief.Get(p.URL + "/profile"); page.StatusCode != http.StatusUnauthorized {
		t.Errorf("a copied cookie after Sign Out and a restart: got status %d, want 401", page.StatusCode)
	}
}

func TestSecretCommand(t *testing.T) {
	t.Parallel()
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := run(t.Context(), []string{"secret"}, nil, out, io.Discard); err != nil {
			t.Fatalf("latchkey secret: got %v, want no error", err)
		}
	}
	if first.String() == second.String() || len(strings.TrimSpace(first.String())) < 32 {
		t.Errorf("latchkey secret, twice: got %q and %q, want two different ones of 32 bytes or more", &first, &second)
	}
	p := newProgram(t)
	p.Env["AUTH_SECRET"] = first.String()
	p.start(t) // with its newline, the secret is accepted
}

func TestVersionCommand(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"version"}, nil, &out, io.Discard); err != nil || !strings.HasPrefix(out.String(), "latchkey ") {
		t.Errorf("latchkey version: got %q and %v, want latchkey and its version", &out, err)
	}
}

func TestHelpCommand(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"help", "--help", "-h", "-help"} {
		var out, errors bytes.Buffer
		err := run(t.Context(), []string{arg}, nil, &out, &errors)
		if err != nil || errors.Len() > 0 || !strings.Contains(out.String(), "latchkey secret") || !strings.Contains(out.String(), "AUTH_ASGARDEO_ISSUER") {
			t.Errorf("latchkey %s: got %q, %q and %v, want the commands and the variables that are needed", arg, &out, &errors, err)
		}
	}
}

func TestUnknownCommandIsRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"serve"}, {"-x"}, {"secret", "long"}, {"--help", "me"}, {""}} {
		err := run(t.Context(), args, nil, io.Discard, io.Discard)
		var wrong *setupError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "latchkey secret") {
			t.Errorf("latchkey %q: got %v, want a setupError that lists the commands", args, err)
		}
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	nowhere := "127.0.0.1:" + freePort(t)
	for _, test := range []struct {
		name    string
		args    []string
		environ []string
		want    int
	}{
		{"a command", []string{"version"}, nil, 0},
		{"help", []string{"--help"}, nil, 0},
		{"an unknown command", []string{"serve"}, nil, 2},
		{"no configuration", nil, nil, 2},
		{"a store that is unknown", nil, append(p.environ(), "SESSION_STORE=mysql://"+nowhere), 2},
		{"a store whose URL is wrong", nil, append(p.environ(), "SESSION_STORE=redis://"+nowhere+"/zero"), 2},
		{"a store that cannot be reached", nil, append(p.environ(), "SESSION_STORE=redis://"+nowhere), 1},
		{"a store that cannot be reached, for a command", []string{"sessions", "list"}, append(p.environ(), "SESSION_STORE=postgres://"+nowhere), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cmd := command(t, test.environ, test.args...)
			said, err := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != test.want {
				t.Errorf("latchkey %q: got exit code %d (%v), want %d; its output:\n%s", test.args, got, err, test.want, said)
			}
		})
	}
}
