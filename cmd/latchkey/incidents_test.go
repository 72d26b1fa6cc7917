package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

const incidents = ".github/INCIDENTS.md"

// incident runs the block of INCIDENTS.md that starts with a command, after the one
// that sets the environment, on a machine whose root directory is another one.
func (p *program) incident(t *testing.T, root, start string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stubs := `
		systemctl() { test "$*" = "restart latchkey"; }
		journalctl() { test "$*" = "-u latchkey --since -1h"; cat ` + root + `/log; }
	`
	script := findBlock(t, incidents, "sh", "set -a; .") + findBlock(t, incidents, "sh", start)
	script = strings.NewReplacer(" /etc/", " "+root+"/etc/", "=/etc/", "="+root+"/etc/", " /var/", " "+root+"/var/").Replace(script)
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", stubs+script)
	installed := t.TempDir()
	if err := os.Symlink(self, filepath.Join(installed, "latchkey")); err != nil {
		t.Fatal(err)
	}
	cmd.Env = []string{"LATCHKEY_TEST_AS_MAIN=1", "PATH=" + installed + ":" + os.Getenv("PATH")}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, output, problems.String())
	}
	return string(output)
}

// installed writes the program's environment and secrets to where the systemd unit has
// them.
func (p *program) installed(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	for _, folder := range []string{"/etc/latchkey", "/var/lib/latchkey"} {
		if err := os.MkdirAll(root+folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	secrets := map[string]string{"auth_secret": p.Env["AUTH_SECRET"], "client_secret": p.Env["AUTH_ASGARDEO_SECRET"]}
	delete(p.Env, "AUTH_SECRET")
	delete(p.Env, "AUTH_ASGARDEO_SECRET")
	p.Env["SESSION_STORE"] = "sqlite:" + root + "/var/lib/latchkey/a&b.db" // as in a URL with parameters
	for name, value := range p.Env {
		secrets["env"] += name + "='" + value + "'\n" // as OPERATIONS.md says
	}
	for name, content := range secrets {
		if err := os.WriteFile(filepath.Join(root, "etc/latchkey", name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.Env["AUTH_SECRET_FILE"] = root + "/etc/latchkey/auth_secret"
	p.Env["AUTH_ASGARDEO_SECRET_FILE"] = root + "/etc/latchkey/client_secret"
	return root
}

// The commands of INCIDENTS.md do what it says.
func TestIncidentCommands(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	root := p.installed(t)
	p.start(t)
	laptop, grace := authtest.NewBrowser(t), authtest.NewBrowser(t)
	p.signIn(t, laptop, authtest.Ada)
	p.signIn(t, grace, authtest.Grace)
	isSignedIn := func(b *authtest.Browser) bool { return strings.Contains(b.Get(p.URL).Text, "You are now signed in!") }

	if got := p.incident(t, root, "latchkey sessions list --email"); !strings.Contains(got, "ended 1 session\n") || isSignedIn(laptop) || !isSignedIn(grace) {
		t.Errorf("a laptop was stolen: got\n%s\nwant Ada's session ended, and only hers", got)
	}

	before, _ := os.ReadFile(p.Env["AUTH_SECRET_FILE"])
	p.incident(t, root, "latchkey sessions end --all")
	after, _ := os.ReadFile(p.Env["AUTH_SECRET_FILE"])
	if bytes.Equal(before, after) || len(after) < 32 || isSignedIn(grace) {
		t.Errorf("a secret leaked: got a secret of %d bytes, want another one, and no session", len(after))
	}
	if got := len(p.Provider.Revoked()); got != 2 {
		t.Errorf("refresh tokens revoked: got %d, want 2", got)
	}

	p.restart(t)
	p.signIn(t, grace, authtest.Grace)
	if err := os.WriteFile(p.Env["AUTH_SECRET_FILE"], before, 0o600); err != nil {
		t.Fatal(err)
	}
	p.restart(t) // with another secret: everyone is signed out
	if isSignedIn(grace) {
		t.Fatal("with another secret: got signed in, want signed out")
	}
	if err := os.WriteFile(root+"/log", []byte(p.Log.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := p.incident(t, root, "journalctl"); !strings.Contains(got, "unreadable records in the session store") || strings.Contains(got, authtest.Grace.Subject+" ") {
		t.Errorf("everyone is signed out: got\n%s\nwant the warning about unreadable records, and no session", got)
	}
	p.Env["AUTH_SECRET_1"] = string(after)
	p.restart(t)
	if !isSignedIn(grace) {
		t.Error("with the old secret as AUTH_SECRET_1: got signed out, want the session back")
	}
}

// What INCIDENTS.md says of the log is what the program logs.
func TestIncidentsNameRealLogMessages(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for _, folder := range []string{"../../auth", "../../auth/internal/sealed"} {
		files, _ := filepath.Glob(folder + "/*.go")
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil && !strings.HasSuffix(file, "_test.go") {
				source.Write(text)
			}
		}
	}
	messages := matches("(?:the log has|many lines) (?:many lines )?`([a-z ]+)`", document(t, incidents))
	if len(messages) != 3 {
		t.Errorf("%s: got messages %q, want 3", incidents, messages)
	}
	for _, message := range messages {
		event := `"` + strings.ReplaceAll(message, " ", "_") + `"` // a kind of event is logged in words
		if !strings.Contains(source.String(), message) && !strings.Contains(source.String(), event) {
			t.Errorf("%s names the message %q, and the program logs no such", incidents, message)
		}
	}
}
