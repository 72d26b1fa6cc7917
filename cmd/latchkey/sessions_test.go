package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// sessions runs latchkey sessions as a process of its own, beside the program.
func (p *program) sessions(tb testing.TB, stdin string, args ...string) (stdout, stderr string, status int) {
	tb.Helper()
	return runCommand(tb, p.environ(), stdin, append([]string{"sessions"}, args...)...)
}

func runCommand(tb testing.TB, environ []string, stdin string, args ...string) (stdout, stderr string, status int) {
	tb.Helper()
	cmd := command(tb, environ, args...)
	var out, problems bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &problems
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		tb.Fatal(err)
	}
	return out.String(), problems.String(), cmd.ProcessState.ExitCode()
}

// listedSessions returns what --json lists.
func (p *program) listedSessions(tb testing.TB, filters ...string) []sessionJSON {
	tb.Helper()
	stdout, stderr, status := p.sessions(tb, "", append([]string{"list", "--json"}, filters...)...)
	var listed struct{ Sessions []sessionJSON }
	if err := json.Unmarshal([]byte(stdout), &listed); err != nil || status != 0 {
		tb.Fatalf("sessions list %q: got status %d, %v\n%s%s", filters, status, err, stdout, stderr)
	}
	return listed.Sessions
}

// events opens the event stream of a browser's tab.
func (p *program) events(t *testing.T, b *authtest.Browser) <-chan string {
	return (&handlerstest.App{URL: p.URL}).WatchEvents(t, b)
}

func wantEnded(t *testing.T, tab <-chan string) {
	t.Helper()
	select {
	case got := <-tab:
		if got != "ended" {
			t.Errorf("the tab: got event %q, want %q", got, "ended")
		}
	case <-time.After(10 * time.Second): // before the slow poll
		t.Error("the tab: got no event, want one within 10 s")
	}
}

// The command works on each store that processes can share, while the app runs.
func TestSessionsCommandEndsSessionsWhileTheAppRuns(t *testing.T) {
	t.Parallel()
	server := func(s *storetest.Server) string { t.Cleanup(s.Stop); return s.URL }
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   nil,
		"redis":    func(t *testing.T) string { return server(storetest.Redis(t)) },
		"postgres": func(t *testing.T) string { return server(storetest.Postgres(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t)
			if url != nil {
				p.Env["SESSION_STORE"] = url(t)
			}
			p.start(t)
			ada, grace := authtest.NewBrowser(t), authtest.NewBrowser(t)
			p.signIn(t, ada, authtest.Ada)
			p.signIn(t, grace, authtest.Grace)
			if got := len(p.listedSessions(t)); got != 2 {
				t.Fatalf("sessions list: got %d sessions, want 2", got)
			}
			tab := p.events(t, ada)
			stdout, stderr, status := p.sessions(t, "", "end", "--email", "ADA@example.com")
			if status != 0 || stdout != "ended 1 session\n" || !strings.Contains(stderr, `"event":"session_ended"`) || !strings.Contains(stderr, `"reason":"app"`) {
				t.Errorf("sessions end: got status %d, %q and %q, want one session ended, and its event", status, stdout, stderr)
			}
			wantEnded(t, tab)
			listed := p.listedSessions(t)
			if len(listed) != 1 || listed[0].Subject != authtest.Grace.Subject {
				t.Errorf("sessions list: got %+v, want only Grace's", listed)
			}
			if got := len(p.Provider.Revoked()); got != 1 {
				t.Errorf("refresh tokens revoked at the provider: got %d, want 1", got)
			}
		})
	}
}

func TestSessionsEndAsksBeforeItEndsMoreThanOne(t *testing.T) {
	t.Parallel()
	p := started(t)
	for range 2 {
		p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	}
	for _, answer := range []string{"", "\n", "y\n", "1\n", "22\n"} {
		stdout, stderr, status := p.sessions(t, answer, "end", "--subject", authtest.Ada.Subject)
		if status != 1 || stdout != "" || !strings.Contains(stderr, "This ends 2 sessions. Type 2 to continue") || !strings.Contains(stderr, "no session has been ended") {
			t.Errorf("the answer %q: got status %d, %q and %q, want 1 and that nothing has been ended", answer, status, stdout, stderr)
		}
	}
	if got := len(p.listedSessions(t)); got != 2 {
		t.Fatalf("sessions list: got %d, want both", got)
	}
	if stdout, _, status := p.sessions(t, "2\n", "end", "--subject", authtest.Ada.Subject, "--provider", "asgardeo"); status != 0 || stdout != "ended 2 sessions\n" {
		t.Errorf("the right answer: got status %d and %q, want both ended", status, stdout)
	}
	p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	p.signIn(t, authtest.NewBrowser(t), authtest.Grace)
	if stdout, _, status := p.sessions(t, "", "end", "--all", "--yes", "--json"); status != 0 || !strings.Contains(stdout, `"ended": 2`) {
		t.Errorf("--all --yes: got status %d and %q, want both ended", status, stdout)
	}
}

func TestSessionsEndStopsAtSignalWhileItAsks(t *testing.T) {
	t.Parallel()
	p := started(t)
	for range 2 {
		p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	}
	cmd := command(t, p.environ(), "sessions", "end", "--all")
	said := new(logBuffer)
	cmd.Stderr = said
	if _, err := cmd.StdinPipe(); err != nil { // stays open
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it asks", func() bool { return strings.Contains(said.String(), "Type 2 to continue") })
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() }).Stop()
	if cmd.Wait(); cmd.ProcessState.ExitCode() != 1 || !strings.Contains(said.String(), "no session has been ended") {
		t.Errorf("sessions end after Ctrl-C: got %v and %q, want exit status 1, and that nothing has been ended", cmd.ProcessState, said)
	}
}

func TestSessionsFilters(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := authtest.NewBrowser(t)
	b.Header = map[string][]string{"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}}
	p.signIn(t, b, authtest.Ada)
	p.signIn(t, authtest.NewBrowser(t), authtest.Grace)
	ada := p.listedSessions(t, "--email", "ada@example.com")
	if len(ada) != 1 || ada[0].Subject != authtest.Ada.Subject || ada[0].Browser != "Firefox on Linux" || ada[0].Address != "127.0.0.0/24" || ada[0].Provider != "asgardeo" {
		t.Fatalf("--email: got %+v, want Ada's", ada)
	}
	if life := ada[0].ExpiresAt.Sub(ada[0].LastSeen); life != 24*time.Hour {
		t.Errorf("expiry: got %v after the last activity, want 24h", life)
	}
	for _, c := range []struct {
		filters string
		want    int
	}{
		{"", 2},
		{"--session " + ada[0].ID, 1},
		{"--session x", 0},
		{"--subject " + authtest.Ada.Subject, 1},
		{"--provider asgardeo", 2},
		{"--provider ASGARDEO", 2}, // as in the names of variables
		{"--provider other", 0},
		{"--provider asgardeo --subject " + authtest.Ada.Subject, 1},
		{"--provider asgardeo --subject " + authtest.Ada.Subject + " --email grace@example.com", 0},
		{"--older-than 1ms", 2},
		{"--older-than 1h", 0},
		{"--idle-longer-than 1ms --email grace@example.com", 1},
		{"--idle-longer-than 1h", 0},
	} {
		if got := len(p.listedSessions(t, strings.Fields(c.filters)...)); got != c.want {
			t.Errorf("sessions list %s: got %d sessions, want %d", c.filters, got, c.want)
		}
	}
}

// Each command of the document is accepted.
func TestSessionsCommandsOfOperations(t *testing.T) {
	t.Parallel()
	p := started(t)
	p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	for line := range strings.Lines(operationsBlock(t, "sh", "latchkey sessions")) {
		args := strings.Fields(strings.TrimPrefix(line, "latchkey sessions "))
		if _, stderr, status := p.sessions(t, "", args...); status != 0 {
			t.Errorf("%s: got status %d and %q, want 0", line, status, stderr)
		}
	}
	if got := len(p.listedSessions(t)); got != 0 {
		t.Errorf("after the last command: got %d sessions, want none", got)
	}
}

func TestSessionsSkipsRecordsOfOtherApps(t *testing.T) {
	t.Parallel()
	one, other := newProgram(t), newProgram(t)
	other.Env["SESSION_STORE"] = one.Env["SESSION_STORE"]
	one.start(t)
	other.start(t)
	one.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	b := authtest.NewBrowser(t)
	other.signIn(t, b, authtest.Ada)
	stdout, stderr, status := one.sessions(t, "", "end", "--all")
	if status != 0 || stdout != "ended 1 session\n" || !strings.Contains(stderr, "skipped 2 records of the store") {
		t.Errorf("sessions end: got status %d, %q and %q, want one ended, and two records skipped", status, stdout, stderr)
	}
	if page := b.Get(other.URL); !strings.Contains(page.Text, "You are now signed in!") {
		t.Error("the session of the other app has ended")
	}
}

func TestSessionsUsageErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"", 2, "say list or end"},
		{"show", 2, "say list or end"},
		{"end", 2, "--all ends every session"},
		{"end --yes", 2, "--all ends every session"},
		{"end --all --email a@b", 2, "leave out the filters"},
		{"end --provider asgardeo --subject= --yes", 2, "flag -subject: is empty"}, // as from a variable that is not set
		{"end --email= --yes", 2, "flag -email: is empty"},
		{"end --email --yes", 2, "flag -email: is another flag"}, // as from one without quotes
		{"list --session=", 2, "flag -session: is empty"},
		{"end --email ada@example.com --email grace@example.com --yes", 2, "flag -email: is given twice"},
		{"list --all", 2, "not defined: -all"},
		{"list ada", 2, `"ada" is not a filter`},
		{"list --older-than 3", 2, "older-than"},
		{"list --idle-longer-than -3h", 2, "positive"},
		{"help", 0, "-idle-longer-than"},
		{"end --help", 0, "-yes"},
	} {
		stdout, stderr, status := runCommand(t, nil, "", append([]string{"sessions"}, strings.Fields(c.args)...)...)
		said := stderr
		if c.status == 0 {
			said = stdout // help that was asked for, as of latchkey help
		}
		if status != c.status || !strings.Contains(said, c.want) {
			t.Errorf("sessions %s: got status %d, %q and %q, want %d and %q", c.args, status, stdout, stderr, c.status, c.want)
		}
	}
}

func TestSessionsRefusesStoresWithoutSessions(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	missing := filepath.Join(t.TempDir(), "missing.db")
	for store, want := range map[string]string{
		"memory:":           "inside the process of the app",
		"sqlite:" + missing: fmt.Sprintf("%q does not exist", missing),
	} {
		p.Env["SESSION_STORE"] = store
		if _, stderr, status := p.sessions(t, "", "list"); status != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: got status %d and %q, want 2 and %q", store, status, stderr, want)
		}
	}
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the missing file: got %v, want that it is not created", err)
	}
}
