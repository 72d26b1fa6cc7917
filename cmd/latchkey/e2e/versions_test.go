package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"latchkey/auth/authtest"
)

// recordFormat is the file that has the version of stored records.
const recordFormat = "auth/internal/record/codec.go"

var codecVersion = regexp.MustCompile(`const codecVersion = \d+`)

// nextVersion builds a program whose records have another version.
func nextVersion(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	original := filepath.Join(root, recordFormat)
	source, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	changed := codecVersion.ReplaceAll(source, []byte("const codecVersion = 99"))
	if bytes.Equal(source, changed) {
		t.Fatalf("%s has no constant codecVersion: correct this test", recordFormat)
	}
	folder := t.TempDir()
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: folder + "/codec.go"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"codec.go": changed, "overlay.json": overlay} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := append([]string{"build", "-overlay", folder + "/overlay.json", "-o", folder + "/latchkey"}, buildFlags...)
	cmd := exec.Command("go", append(args, "latchkey/cmd/latchkey")...)
	cmd.Env = append(os.Environ(), buildEnv...)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return folder + "/latchkey"
}

// upgrade is an app of two versions on one store, and a proxy in front of them.
type upgrade struct {
	*program      // the old version
	next          *program
	target        atomic.Pointer[program]
	ada, newcomer *authtest.Browser
}

func startUpgrade(t *testing.T) *upgrade {
	t.Helper()
	u := new(upgrade)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: u.target.Load().address()})
		r.Out.Host = r.In.Host
	}})
	t.Cleanup(proxy.Close)
	p := newProgram(t)
	p.URL = proxy.URL
	p.Env["AUTH_URL"] = proxy.URL
	p.register()
	u.program, u.next = p, newReplica(t, p.Env)
	u.next.path = nextVersion(t)
	p.start(t)
	u.next.start(t)
	u.ada, u.newcomer = authtest.NewBrowser(t), authtest.NewBrowser(t)
	return u
}

// wantSignedIn checks the home page that one version shows.
func (u *upgrade) wantSignedIn(t *testing.T, version *program, b *authtest.Browser, want bool) {
	t.Helper()
	u.target.Store(version)
	page := b.Get(u.URL)
	if got := strings.Contains(page.Text, "You are now signed in!"); page.StatusCode != http.StatusOK || got != want {
		t.Errorf("the home page: got status %d and signed in %t, want 200 and %t", page.StatusCode, got, want)
	}
}

// While two versions run beside each other, the records of one mean signed out at the
// other, never an error, and stay as they are: after a rollback, people are signed in
// again.
func TestTwoVersionsOnOneStore(t *testing.T) {
	t.Parallel()
	u := startUpgrade(t)
	u.target.Store(u.program)
	u.signIn(t, u.ada, authtest.Ada)
	u.wantSignedIn(t, u.next, u.ada, false)
	if page := u.ada.Get(u.URL + "/api/auth/session"); page.StatusCode != http.StatusOK || strings.TrimSpace(page.Text) != "null" {
		t.Errorf("the session at the new version: got status %d and %s, want null", page.StatusCode, page.Text)
	}
	if page := u.ada.Get(u.URL + "/profile"); page.StatusCode != http.StatusUnauthorized {
		t.Errorf("a protected page of the new version: got status %d, want 401 with the sign-in page", page.StatusCode)
	}
	u.wantSignedIn(t, u.program, u.ada, true)

	u.target.Store(u.next)
	u.signIn(t, u.newcomer, authtest.Grace)
	u.wantSignedIn(t, u.program, u.newcomer, false)
	u.wantSignedIn(t, u.next, u.newcomer, true)
	for _, version := range []*program{u.program, u.next} {
		if !ready("http://" + version.address()) {
			t.Error("a version is not ready, want both")
		}
	}

	u.stop(t) // the upgrade is complete
	u.wantSignedIn(t, u.next, u.newcomer, true)
	u.next.stop(t) // the rollback
	u.start(t)
	u.wantSignedIn(t, u.program, u.ada, true)
	u.wantSignedIn(t, u.program, u.newcomer, false)
	u.signIn(t, u.newcomer, authtest.Grace)
	u.wantSignedIn(t, u.program, u.newcomer, true)
	for _, version := range []*program{u.program, u.next} {
		if log := version.Log.String(); strings.Contains(log, `"level":"ERROR"`) {
			t.Errorf("got an error in the log, want none:\n%s", log)
		}
	}
}
