package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
)

const unitName = "latchkey.service"

// unit returns the values of each setting of the systemd unit.
func unit(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, ".github", unitName))
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			settings[name] = append(settings[name], value)
		}
	}
	return settings
}

// systemd accepts the unit, and rates its exposure at most 1.5 of 10.
func TestSystemdUnitIsValidAndHardened(t *testing.T) {
	t.Parallel()
	storetest.Need(t, "systemd-analyze", "systemd")
	text, err := os.ReadFile(filepath.Join(repository, ".github", unitName))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), unitName)
	installed := strings.Replace(string(text), "/usr/local/bin/latchkey", binary(t), 1)
	if err := os.WriteFile(path, []byte(installed), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"verify", path}, {"security", "--offline=yes", "--threshold=15", path}} {
		if output, err := exec.Command("systemd-analyze", args...).CombinedOutput(); err != nil {
			t.Errorf("systemd-analyze %q: %v\n%s", args, err, output)
		}
	}
}

// After a boot, the store may be ready later than the app, which fails faster than systemd
// allows by default to start again. A wrong configuration has another exit code.
func TestSystemdUnitStartsAgainUntilTheStoreIsReady(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["SESSION_STORE"] = "redis://127.0.0.1:" + storetest.FreePort(t)
	if said := p.refused(t); !strings.Contains(said, "start it, or correct the URL") {
		t.Errorf("without the store: got %q, want that it cannot be reached", said)
	}
	settings := unit(t)
	for name, want := range map[string]string{"Restart": "always", "StartLimitIntervalSec": "0", "RestartPreventExitStatus": "2"} {
		if got := settings[name]; !slices.Equal(got, []string{want}) {
			t.Errorf("%s of the unit: got %q, want %q", name, got, want)
		}
	}
}

// The commands of OPERATIONS.md install all that the unit names, and the app runs with
// the environment that the unit gives it.
func TestSystemdInstallationOfOperations(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	root := t.TempDir()
	script := systemdInstallation(t, p, root)
	if output, err := exec.Command("sh", "-euc", script).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, output)
	}
	settings := unit(t)
	p.Env = map[string]string{}
	file, err := os.ReadFile(root + settings["EnvironmentFile"][0])
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range append(strings.Split(string(file), "\n"), settings["Environment"]...) {
		if name, value, ok := strings.Cut(line, "="); ok {
			p.Env[name] = strings.ReplaceAll(value, "%d", root+"/credentials")
		}
	}
	if err := os.Mkdir(root+"/credentials", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, credential := range settings["LoadCredential"] {
		name, source, _ := strings.Cut(credential, ":")
		if info, err := os.Stat(root + source); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: got %v and error %v, want a file that only root can read", source, info, err)
		}
		if err := os.Link(root+source, root+"/credentials/"+name); err != nil {
			t.Fatal(err)
		}
	}
	p.start(t)
	p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
}

// systemdInstallation is the block of OPERATIONS.md, with another root directory.
func systemdInstallation(t *testing.T, p *program, root string) string {
	t.Helper()
	operations, err := os.ReadFile(filepath.Join(repository, ".github/OPERATIONS.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(operations), "```sh\ninstall -m 0755 bin/latchkey")
	block, _, found := strings.Cut("install -m 0755 bin/latchkey"+rest, "```")
	if !found {
		t.Fatal("OPERATIONS.md has no block that installs the unit")
	}
	secret := p.Env["AUTH_ASGARDEO_SECRET"]
	delete(p.Env, "AUTH_SECRET")
	delete(p.Env, "AUTH_ASGARDEO_SECRET")
	for _, folder := range []string{"/usr/local/bin", "/etc/systemd/system"} {
		if err := os.MkdirAll(root+folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string]string{"env": strings.Join(p.environ(), "\n"), "client_secret": secret} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	unitPath, err := filepath.Abs(filepath.Join(repository, ".github", unitName))
	if err != nil {
		t.Fatal(err)
	}
	return "cd " + root + "\nsystemctl() { test \"$*\" = 'enable --now latchkey'; }\n" + strings.NewReplacer(
		"bin/latchkey /usr", binary(t)+" "+root+"/usr", " /etc/", " "+root+"/etc/", "\nlatchkey secret", "\n"+binary(t)+" secret", ".github/"+unitName, unitPath,
	).Replace(block)
}

// The app works with the system calls that the unit allows.
func TestSystemdSystemCallFilterAllowsWhatTheAppNeeds(t *testing.T) {
	t.Parallel()
	storetest.Need(t, "systemd-analyze", "systemd")
	engine := needPodman(t)
	allowed := map[string]bool{}
	for _, filter := range unit(t)["SystemCallFilter"] {
		groups, denies := strings.CutPrefix(filter, "~")
		for _, group := range strings.Fields(groups) {
			for _, call := range systemCalls(t, group) {
				allowed[call] = !denies
			}
		}
	}
	var names []string
	for call, ok := range allowed {
		if ok {
			names = append(names, call)
		}
	}
	profile, err := json.Marshal(map[string]any{
		"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, // EPERM, as in the unit
		"architectures": []string{"SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"},
		"syscalls":      []map[string]any{{"names": names, "action": "SCMP_ACT_ALLOW"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(folder+"/profile.json", profile, 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProgram(t)
	p.Env["SESSION_STORE"] = "sqlite:/tmp/latchkey.db"
	args := append([]string{"run", "--detach", "--name=latchkey", "--cap-drop=all", "--security-opt=no-new-privileges", "--security-opt=seccomp=" + folder + "/profile.json",
		"--volume=/usr:/usr:ro", "--volume=" + binary(t) + ":/latchkey:ro"}, engine.run...)
	for _, variable := range p.environ() {
		args = append(args, "--env="+variable)
	}
	engine.must(t, append(args, "docker.io/library/golang:1.26-bookworm", "/latchkey")...)
	eventually(t, "the app answers", func() bool { return ready(p.URL) })
	p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	if output, err := engine.command("exec", "latchkey", "/usr/bin/ionice", "-c", "3", "true").CombinedOutput(); err == nil {
		t.Errorf("ioprio_set: got success, want that the filter denies it\n%s", output)
	}
}

// systemCalls returns the calls in a group of systemd, or the one call.
func systemCalls(t *testing.T, group string) []string {
	t.Helper()
	if !strings.HasPrefix(group, "@") {
		return []string{group}
	}
	output, err := exec.Command("systemd-analyze", "syscall-filter", "--no-pager", group).Output()
	if err != nil {
		t.Fatalf("systemd-analyze syscall-filter %s: %v", group, err)
	}
	var all []string
	for i, line := range strings.Split(string(output), "\n") {
		if name := strings.TrimSpace(line); i > 0 && name != "" && !strings.HasPrefix(name, "#") {
			all = append(all, systemCalls(t, name)...)
		}
	}
	return all
}
