package e2e

import (
	"cmp"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
)

// program is the binary as a process: one replica of the app.
type program struct {
	URL      string             // where browsers reach it: AUTH_URL
	Provider *authtest.Provider // optional
	Env      map[string]string  // changes take effect at the next start
	Log      *logBuffer         // of all its runs

	path string // optional: another binary

	cmd   *exec.Cmd
	ended <-chan error // nil while it does not run
}

// newProgram returns a program with a provider, which keeps its sessions in a
// SQLite file. It is not started yet.
func newProgram(tb testing.TB, options ...authtest.Option) *program {
	tb.Helper()
	p := &program{Provider: authtest.Start(tb, options...), Log: new(logBuffer)}
	p.Env = map[string]string{
		"PORT":                 storetest.FreePort(tb), // the same after a restart
		"AUTH_SECRET":          "a secret for tests, of 32 bytes or more",
		"AUTH_ASGARDEO_ID":     authtest.ClientID,
		"AUTH_ASGARDEO_SECRET": authtest.ClientSecret,
		"AUTH_ASGARDEO_ISSUER": p.Provider.Issuer(),
		"AUTH_RATE_LIMIT":      "0",
		"SESSION_STORE":        "sqlite:" + filepath.Join(tb.TempDir(), "latchkey.db"),
	}
	p.URL = "http://" + p.address()
	p.register()
	tb.Cleanup(func() {
		p.stop(tb)
		p.wantNoRace(tb)
	})
	return p
}

// started is newProgram, started.
func started(tb testing.TB, options ...authtest.Option) *program {
	tb.Helper()
	p := newProgram(tb, options...)
	p.start(tb)
	return p
}

// newReplica returns a program with an address of its own beside others that
// have the same environment. It is not started yet.
func newReplica(tb testing.TB, env map[string]string) *program {
	tb.Helper()
	p := &program{Env: maps.Clone(env), Log: new(logBuffer)}
	p.Env["HOST"], p.Env["PORT"] = "127.0.0.1", storetest.FreePort(tb)
	p.URL = "http://" + p.address()
	tb.Cleanup(func() {
		p.kill()
		p.wantNoRace(tb)
	})
	return p
}

// wantNoRace fails the test if the race detector has reported something.
func (p *program) wantNoRace(tb testing.TB) {
	tb.Helper()
	if log := p.Log.String(); strings.Contains(log, "DATA RACE") {
		tb.Errorf("the race detector reports:\n%s", log)
	}
}

// address is where the program listens.
func (p *program) address() string { return cmp.Or(p.Env["HOST"], "localhost") + ":" + p.Env["PORT"] }

// register registers the program's URLs with the provider.
func (p *program) register() {
	p.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret,
		RedirectURIs:         []string{p.URL + "/api/auth/callback/asgardeo"},
		BackChannelLogoutURI: p.URL + "/api/auth/backchannel-logout/asgardeo",
	})
}

func (p *program) environ() []string {
	environ := []string{"GORACE=atexit_sleep_ms=100"} // by default the race detector waits a second at the end
	for _, name := range slices.Sorted(maps.Keys(p.Env)) {
		environ = append(environ, name+"="+p.Env[name])
	}
	return environ
}

func (p *program) command(tb testing.TB) *exec.Cmd {
	tb.Helper()
	path := p.path
	if path == "" {
		path = binary(tb)
	}
	cmd := exec.Command(path)
	cmd.Env = p.environ()
	cmd.Stdout, cmd.Stderr = p.Log, p.Log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // when the test binary is killed
	return cmd
}

// start runs the program, and returns when it answers.
func (p *program) start(tb testing.TB) {
	tb.Helper()
	p.cmd = p.command(tb)
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	p.ended = ended
	answers := false
	defer func() {
		if !answers {
			p.dump(tb)
		}
	}()
	eventually(tb, "the program answers", func() bool {
		select {
		case err := <-ended:
			p.ended = nil
			tb.Fatalf("start: got a program that ended with %v, want one that runs; its log:\n%s", err, tail(p.Log.String()))
		default:
		}
		answers = healthy("http://" + p.address())
		return answers
	})
}

// dump logs the goroutines of a program that does not answer.
func (p *program) dump(tb testing.TB) {
	tb.Helper()
	if p.ended != nil {
		_ = p.cmd.Process.Signal(syscall.SIGQUIT)
		<-p.ended
		p.ended = nil
		tb.Logf("the program does not answer; its log:\n%s", p.Log)
	}
}

// refused runs a program that cannot use its store, and returns its error message.
func (p *program) refused(tb testing.TB) string {
	tb.Helper()
	cmd := p.command(tb)
	cmd.Stdout, cmd.Stderr = nil, nil
	output, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		tb.Fatalf("start: got exit code %d, want 1; its output:\n%s", code, output)
	}
	return string(output)
}

// stop sends SIGTERM to the program, if it runs, and waits for its end.
func (p *program) stop(tb testing.TB) {
	tb.Helper()
	if p.ended != nil {
		p.signal(tb, syscall.SIGTERM)
		p.wait(tb)
	}
}

func (p *program) signal(tb testing.TB, signal syscall.Signal) {
	tb.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		tb.Fatal(err)
	}
}

// wait waits for the end of a program that has received SIGTERM.
func (p *program) wait(tb testing.TB) {
	tb.Helper()
	if err := <-p.ended; err != nil {
		tb.Errorf("after SIGTERM: got %v, want exit code 0; the log:\n%s", err, tail(p.Log.String()))
	}
	p.ended = nil
}

// kill sends SIGKILL to the program, if it runs.
func (p *program) kill() {
	if p.ended != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
		p.ended = nil
	}
}

// restart stops the program and starts it again on the same port and store.
func (p *program) restart(tb testing.TB) {
	tb.Helper()
	p.stop(tb)
	p.start(tb)
}

// signIn signs someone in, and returns the page at the end of it.
func (p *program) signIn(tb testing.TB, b *authtest.Browser, who authtest.Person) *authtest.Page {
	tb.Helper()
	page := b.Post(p.URL+"/api/auth/signin/asgardeo", nil)
	if page.StatusCode != http.StatusSeeOther {
		tb.Fatalf("Sign in: got status %d, want 303; body:\n%s\nlog:\n%s", page.StatusCode, page.Text, p.Log)
	}
	return b.Walk(b.SignIn(page.Redirect, who))
}

// unavailable reports whether the sign-in page says that the provider is unavailable.
func (p *program) unavailable(tb testing.TB) bool {
	tb.Helper()
	page := authtest.NewBrowser(tb).Get(p.URL)
	if page.StatusCode != http.StatusOK {
		tb.Fatalf("the sign-in page: got status %d, want 200 in any state of the provider:\n%s", page.StatusCode, page.Text)
	}
	return strings.Contains(page.Text, `class="warning"`)
}
