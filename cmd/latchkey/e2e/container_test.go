package e2e

import (
	"archive/tar"
	"bytes"
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

const repository = "../../.."

// podman is Podman with images and containers of its own.
type podman struct {
	globals []string
	run     []string // options of podman run
}

// needPodman skips the test if Podman cannot run containers here, as inside of most
// containers.
func needPodman(t *testing.T) *podman {
	t.Helper()
	storetest.Need(t, "podman", "podman (and runc)")
	folder, err := os.MkdirTemp("", "podman") // t.TempDir's name is too long for it
	if err != nil {
		t.Fatal(err)
	}
	p := &podman{
		globals: []string{"--root=" + folder + "/root", "--runroot=" + folder + "/run", "--storage-driver=vfs", "--cgroup-manager=cgroupfs"},
		run:     []string{"--network=host", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000"},
	}
	if _, err := exec.LookPath("runc"); err == nil {
		p.globals = append(p.globals, "--runtime=runc") // crun does not take hybrid control groups
	}
	t.Cleanup(func() { // the images' files may belong to other users
		_ = p.command("rm", "--all", "--force", "--time=0").Run()
		_ = p.command("unshare", "rm", "-rf", folder+"/root").Run()
		_ = os.RemoveAll(folder)
	})
	p.importStandIns(t, folder)
	args := append(append([]string{"run", "--rm", "--volume=/usr:/usr:ro"}, p.run...), "docker.io/library/golang:1.26-bookworm", "/usr/bin/true")
	if output, err := p.command(args...).CombinedOutput(); err != nil {
		t.Skipf("Podman cannot run containers here, so the container file is NOT tested: %v\n%s", err, output)
	}
	return p
}

func (p *podman) command(args ...string) *exec.Cmd {
	cmd := exec.Command("podman", slices.Concat(p.globals, args)...)
	cmd.Dir = repository
	return cmd
}

// must runs Podman and returns its standard output.
func (p *podman) must(t *testing.T, args ...string) string {
	t.Helper()
	var problems bytes.Buffer
	cmd := p.command(args...)
	cmd.Stderr = &problems
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("podman %q: %v\n%s%s", args, err, output, problems.String())
	}
	return string(output)
}

// importStandIns imports images of this machine's Go and Node under the names that the
// container file has, because a test has no registry. They are empty: /usr is mounted.
func (p *podman) importStandIns(t *testing.T, folder string) {
	t.Helper()
	certificates, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		t.Skipf("ca-certificates are not installed, so the container file is NOT tested: %v", err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	add := func(h tar.Header, content []byte) {
		h.Size = int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		w.Write(content)
	}
	for _, name := range []string{"usr/", "tmp/", "root/", "etc/", "etc/ssl/", "etc/ssl/certs/"} {
		add(tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}, nil)
	}
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		add(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: "usr/" + name}, nil)
	}
	add(tar.Header{Typeflag: tar.TypeReg, Name: "etc/passwd", Mode: 0o644}, []byte("root:x:0:0:root:/root:/bin/sh\n"))
	add(tar.Header{Typeflag: tar.TypeReg, Name: "etc/ssl/certs/ca-certificates.crt", Mode: 0o644}, certificates)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "stand-in.tar")
	if err := os.WriteFile(path, archive.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, image := range []string{"docker.io/library/golang:1.26-bookworm", "docker.io/library/node:22-bookworm-slim"} {
		p.must(t, "import", "--quiet", "--change=ENV PATH="+goEnv(t, "GOROOT")+"/bin:/usr/bin:/bin",
			"--change=ENV GOMODCACHE=/modules", "--change=ENV GOCACHE=/cache", path, image)
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	output, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(output))
}

// operationsContainer is the block of OPERATIONS.md about containers, with Podman and
// the addresses of a test.
func (p *podman) operationsContainer(t *testing.T, envFile string) string {
	t.Helper()
	operations, err := os.ReadFile(filepath.Join(repository, ".github/OPERATIONS.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(operations), "```sh\npodman build")
	example, _, found := strings.Cut("podman build"+rest, "```")
	if !found {
		t.Fatal("OPERATIONS.md has no block that starts with podman build")
	}
	npm, _ := exec.Command("npm", "config", "get", "cache").Output()
	build := []string{
		"--pull=never", "--network=host", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000", "--volume=/usr:/usr:ro",
		"--volume=" + goEnv(t, "GOMODCACHE") + ":/modules", "--volume=" + goEnv(t, "GOCACHE") + ":/cache", "--volume=" + strings.TrimSpace(string(npm)) + ":/root/.npm",
	}
	command := "podman " + strings.Join(p.globals, " ")
	return strings.NewReplacer(
		"podman build", command+" build "+strings.Join(build, " "),
		"podman run", command+" run "+strings.Join(p.run, " "),
		"-p 3000:3000 ", "",
		"--env-file latchkey.env", "--env-file "+envFile,
	).Replace(example)
}

// The container file builds, and its image runs as OPERATIONS.md says: as a user
// without rights, with a read-only root, its sessions in the volume.
func TestContainer(t *testing.T) {
	t.Parallel()
	storetest.Need(t, "npm", "npm (and nodejs, from 20)")
	engine := needPodman(t)
	p := newProgram(t)
	delete(p.Env, "SESSION_STORE") // the image's default
	envFile := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(envFile, []byte(strings.Join(p.environ(), "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	script := engine.operationsContainer(t, envFile)
	start := exec.Command("sh", "-euc", script)
	start.Dir = repository
	if output, err := start.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, output)
	}
	eventually(t, "the container answers", func() bool { return ready(p.URL) })

	b := authtest.NewBrowser(t)
	p.signIn(t, b, authtest.Ada)
	var listed struct{ Sessions []struct{ Subject string } }
	if err := json.Unmarshal([]byte(engine.must(t, "exec", "latchkey", "/latchkey", "sessions", "list", "--json")), &listed); err != nil || len(listed.Sessions) != 1 {
		t.Errorf("sessions list in the container: got %+v and error %v, want Ada's", listed, err)
	}
	engine.must(t, "healthcheck", "run", "latchkey")
	wantHardened(t, engine)

	engine.must(t, "stop", "--time=15", "latchkey")
	if got := engine.must(t, "inspect", "--format={{.State.ExitCode}}", "latchkey"); got != "0\n" {
		t.Errorf("podman stop: got exit code %s, want 0", got)
	}
	engine.must(t, "rm", "latchkey")
	_, run, _ := strings.Cut(script, "podman "+strings.Join(engine.globals, " ")+" run")
	again := exec.Command("sh", "-euc", "podman "+strings.Join(engine.globals, " ")+" run"+run)
	if output, err := again.CombinedOutput(); err != nil {
		t.Fatalf("the second container: %v\n%s", err, output)
	}
	eventually(t, "the second container answers", func() bool { return ready(p.URL) })
	if page := b.Get(p.URL); !strings.Contains(page.Text, "You are now signed in!") {
		t.Error("after the container was replaced: got signed out, want the session in the volume")
	}
}

// wantHardened checks what the running container may do, by the kernel's account.
func wantHardened(t *testing.T, engine *podman) {
	t.Helper()
	pid := strings.TrimSpace(engine.must(t, "inspect", "--format={{.State.Pid}}", "latchkey"))
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Uid:\t65532\t65532", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("the process: want %q, got\n%s", want, status)
		}
	}
	mounts, err := os.ReadFile("/proc/" + pid + "/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	readOnly := false
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); fields[4] == "/" {
			readOnly = slices.Contains(strings.Split(fields[5], ","), "ro")
		}
	}
	if !readOnly {
		t.Errorf("the root file system can be written to:\n%s", mounts)
	}
	if err := engine.command("exec", "latchkey", "/bin/sh", "-c", "true").Run(); err == nil {
		t.Error("the image has a shell")
	}
}
