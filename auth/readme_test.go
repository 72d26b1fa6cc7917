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
	"latchkey/auth/store/storetest"
)

func readFile(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

const operations = "../.github/OPERATIONS.md"

// snippet returns the code block of a document that starts with these words.
func snippet(tb testing.TB, document, language, start string) string {
	tb.Helper()
	_, rest, found := strings.Cut(readFile(tb, document), "```"+language+"\n"+start)
	code, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		tb.Fatalf("%s: got no block of %s that starts with %q", document, language, start)
	}
	return start + code
}

func readmeProgram(tb testing.TB) string {
	tb.Helper()
	return snippet(tb, "../README.md", "go", "package main")
}

// compile compiles code as a package of this module, which no folder has.
func compile(tb testing.TB, code string) {
	tb.Helper()
	folder := tb.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		tb.Fatal(err)
	}
	source, overlay := filepath.Join(folder, "code.go"), filepath.Join(folder, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "operations", "code.go"): source}})
	if err != nil {
		tb.Fatal(err)
	}
	for name, text := range map[string][]byte{source: []byte(code), overlay: replace} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	cmd := exec.CommandContext(tb.Context(), "go", "build", "-overlay", overlay, "latchkey/operations")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("a document's Go code does not compile: %v\n%s", err, out)
	}
}

// readmeCommands writes the README's program into an empty folder, and returns
// the README's commands that run it there: with this module as the clone, without a child
// process that would survive the shell, and with the flags for which package e2e compiles.
func readmeCommands(tb testing.TB, folder string, providerVariables string) *exec.Cmd {
	tb.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		tb.Fatal(err)
	}
	variables := filepath.Join(folder, "provider.env")
	for name, text := range map[string]string{filepath.Join(folder, "main.go"): readmeProgram(tb), variables: providerVariables} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	commands := strings.NewReplacer(
		"../latchkey/.env", variables, "../latchkey", root, "go run .", "go build -trimpath -ldflags='-s -w' -o program . && exec ./program",
	).Replace(snippet(tb, "../README.md", "sh", "go mod init"))
	flags := `export GOFLAGS="$(go env GOFLAGS) -buildvcs=false"; `
	cmd := exec.Command("sh", "-e", "-c", flags+commands)
	cmd.Env = append(os.Environ(), "GOSUMDB=off") // go.sum is new, and the network may be absent
	return cmd
}

// readmeVariables is the README's .env file, filled in.
func readmeVariables(tb testing.TB, provider *authtest.Provider) string {
	tb.Helper()
	_, block, _ := strings.Cut(readFile(tb, "../README.md"), "   ```sh\n")
	block, _, _ = strings.Cut(block, "```")
	block = strings.NewReplacer(
		`ID="…"`, "ID=my-app", `SECRET="…"`, "SECRET=s", "https://api.asgardeo.io/t/YOUR_ORGANIZATION/oauth2/token", provider.Issuer(),
	).Replace(block)
	if strings.Contains(block, "…") || strings.Count(block, "=") != 3 {
		tb.Fatalf("README.md: got the variables %q, want ID, SECRET and ISSUER", block)
	}
	return strings.ReplaceAll(block, "   ", "")
}

// launch runs a program in an empty folder until the test ends, and returns
// where it serves.
func launch(tb testing.TB, cmd *exec.Cmd, folder string) (url string) {
	tb.Helper()
	port := storetest.FreePort(tb)
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	cmd.Env = append(cmd.Env, "PORT="+port)
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	tb.Cleanup(func() {
		cmd.Process.Kill()
		<-exited
	})
	url = "http://localhost:" + port
	for deadline := time.After(5 * time.Minute); ; {
		if response, err := http.Get(url); err == nil {
			response.Body.Close()
			return url
		}
		select {
		case err := <-exited:
			exited <- err
			tb.Fatalf("the README's program ended: %v", err)
		case <-deadline:
			tb.Fatalf("the README's program does not answer at %s", url)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// The README's commands build and run its program, which signs people in and out. A client
// that sends its request one byte at a time does not keep the connection.
func TestReadmeProgram(t *testing.T) {
	t.Parallel()
	provider, folder := authtest.Start(t), t.TempDir()
	app := launch(t, readmeCommands(t, folder, readmeVariables(t, provider)), folder)
	provider.Register(authtest.Client{ID: "my-app", Secret: "s", RedirectURIs: []string{app + "/api/auth/callback/asgardeo"}})
	slow, err := net.Dial("tcp", strings.TrimPrefix(app, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	slow.SetDeadline(time.Now().Add(time.Minute))
	slow.Write([]byte("GET / HTTP/1.1\r\nHost: app\r\n"))
	b := authtest.NewBrowser(t)
	page := b.Walk(b.SignIn(b.Post(app+"/api/auth/signin/asgardeo", nil).Redirect, authtest.Ada))
	if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "Hello, Ada Lovelace!") {
		t.Fatalf("after sign-in: got status %d and %q, want the name", page.StatusCode, page.Text)
	}
	b.Walk(b.Walk(b.Post(app+"/api/auth/signout", nil).Redirect).Redirect)
	if page = b.Get(app); page.StatusCode != http.StatusUnauthorized || strings.Contains(page.Text, "Ada") || !strings.Contains(page.Text, "Sign in") {
		t.Errorf("after sign-out: got status %d and %q, want 401 and Sign in", page.StatusCode, page.Text)
	}
	if left := provider.Sessions(); len(left) != 0 {
		t.Errorf("after sign-out: got the provider's session %v, want none", left)
	}
	if _, err := io.ReadAll(slow); err != nil {
		t.Errorf("half a header: got error %v, want the connection closed", err)
	}
}

func TestOperationsTestCompiles(t *testing.T) {
	t.Parallel()
	compile(t, `package operations
import ("testing"; "latchkey/auth/authtest")
func TestApp(t *testing.T) {
	var app struct{ URL string }
	`+snippet(t, operations, "go", "p := authtest")+`
	_ = page
}`)
}

// An .env.example that is copied unchanged does not start the app.
func TestExampleIsRefused(t *testing.T) {
	t.Parallel()
	_, err := auth.LoadConfig(strings.Split(readFile(t, "../.env.example"), "\n"))
	if err == nil || !strings.Contains(err.Error(), "AUTH_SECRET: is the example from the documentation") {
		t.Errorf("the environment of .env.example: got %v, want a refusal of its AUTH_SECRET", err)
	}
}

// OPERATIONS.md and .env.example have the same variables.
func TestVariablesAreDocumented(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(readFile(t, operations), "## Variables")
	table, _, _ = strings.Cut(table, "### Providers")
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
		t.Errorf("%d variables of .env.example (-), and those of OPERATIONS.md (+):\n%s", len(inExample), diff)
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
