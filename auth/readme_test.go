package auth_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

func readFile(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// snippet returns the Go of the README that begins with these words.
func snippet(tb testing.TB, begins string) string {
	tb.Helper()
	_, rest, found := strings.Cut(readFile(tb, "../README.md"), "```go\n"+begins)
	code, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		tb.Fatalf("README.md: got no Go code that begins with %q", begins)
	}
	return begins + code
}

// build compiles a program as a package of this module, which no folder has.
func build(tb testing.TB, code string) (program string) {
	tb.Helper()
	folder := tb.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		tb.Fatal(err)
	}
	source, overlay := filepath.Join(folder, "main.go"), filepath.Join(folder, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "readme", "main.go"): source}})
	if err != nil {
		tb.Fatal(err)
	}
	for name, text := range map[string][]byte{source: []byte(code), overlay: replace} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	program = filepath.Join(folder, "program")
	cmd := exec.CommandContext(tb.Context(), "go", "build", "-overlay", overlay, "-o", program, "latchkey/readme")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("the README's Go does not compile: %v\n%s", err, out)
	}
	return program
}

// launch runs a program in an empty folder until the test ends, and returns
// where it serves.
func launch(tb testing.TB, program string, provider *authtest.Provider) (url string) {
	tb.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		tb.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	cmd := exec.Command(program)
	cmd.Dir, cmd.Stderr = tb.TempDir(), os.Stderr
	cmd.Env = []string{
		"PORT=" + port, "AUTH_SECRET=a secret for tests, of 32 bytes or more",
		"AUTH_ASGARDEO_ID=my-app", "AUTH_ASGARDEO_SECRET=s", "AUTH_ASGARDEO_ISSUER=" + provider.Issuer(),
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	url = "http://localhost:" + port
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if response, err := http.Get(url); err == nil {
			response.Body.Close()
			return url
		}
		if time.Now().After(deadline) {
			tb.Fatalf("the README's program does not answer at %s", url)
		}
	}
}

// The program that people copy signs them in and out.
func TestReadmeProgram(t *testing.T) {
	t.Parallel()
	provider := authtest.Start(t)
	app := launch(t, build(t, snippet(t, "package main")), provider)
	provider.Register(authtest.Client{ID: "my-app", Secret: "s", RedirectURIs: []string{app + "/api/auth/callback/asgardeo"}})
	b := authtest.NewBrowser(t)
	page := b.Walk(b.SignIn(b.Post(app+"/api/auth/signin/asgardeo", nil).Redirect, authtest.Ada))
	if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "Hello, Ada Lovelace!") {
		t.Fatalf("after signing in: got status %d and %q, want her name", page.StatusCode, page.Text)
	}
	b.Walk(b.Walk(b.Post(app+"/api/auth/signout", nil).Redirect).Redirect)
	if page = b.Get(app); page.StatusCode != http.StatusUnauthorized || strings.Contains(page.Text, "Ada") || !strings.Contains(page.Text, "Sign in") {
		t.Errorf("after signing out: got status %d and %q, want 401 and Sign in", page.StatusCode, page.Text)
	}
	if left := provider.Sessions(); len(left) != 0 {
		t.Errorf("after signing out: got the provider's session %v, want none", left)
	}
}

// Whoever sends their request a letter at a time does not keep the connection.
func TestReadmeProgramDoesNotWaitForSlowRequests(t *testing.T) {
	t.Parallel()
	app := launch(t, build(t, snippet(t, "package main")), authtest.Start(t))
	conn, err := net.Dial("tcp", strings.TrimPrefix(app, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	conn.Write([]byte("GET / HTTP/1.1\r\nHost: app\r\n"))
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("half a header: got error %v, want the connection closed", err)
	}
}

func TestReadmeTestCompiles(t *testing.T) {
	t.Parallel()
	build(t, `package main
import ("testing"; "latchkey/auth/authtest")
func main() {}
func TestApp(t *testing.T) {
	var app struct{ URL string }
	`+snippet(t, "p := authtest")+`
	_ = page
}`)
}

// Who copies the example without a thought is told at start.
func TestExampleIsRefused(t *testing.T) {
	t.Parallel()
	_, err := auth.LoadConfig(strings.Split(readFile(t, "../.env.example"), "\n"))
	if err == nil || !strings.Contains(err.Error(), "AUTH_SECRET: is the example's") {
		t.Errorf("the environment of .env.example: got %v, want a refusal of its AUTH_SECRET", err)
	}
}

// The README and the example have the same variables.
func TestVariablesAreDocumentedTwice(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(readFile(t, "../README.md"), "## Variables")
	table, _, _ = strings.Cut(table, "## Deploy")
	table = strings.NewReplacer("<P>", "ASGARDEO", "`AUTH_SECRET_1` …", "`AUTH_SECRET_1`, `AUTH_SECRET_2`,").Replace(table)
	var inTable []string
	for row := range strings.Lines(table) {
		if cells := strings.Split(row, "|"); len(cells) > 2 {
			inTable = append(inTable, variables("`([A-Z][A-Z0-9_]+)`", cells[1])...)
		}
	}
	slices.Sort(inTable)
	inExample := variables("(?m)^#?([A-Z][A-Z0-9_]+)=", readFile(t, "../.env.example"))
	if diff := cmp.Diff(inExample, inTable); diff != "" || len(inExample) < 15 {
		t.Errorf("%d variables of .env.example (-), and those of README.md (+):\n%s", len(inExample), diff)
	}
}

func variables(pattern, text string) []string {
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	slices.Sort(found)
	return found
}
