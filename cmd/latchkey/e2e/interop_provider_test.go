package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
)

// certified is a process of oidc-provider from npm, an independent certified
// provider.
type certified struct {
	Issuer string
	Log    *logBuffer
}

// install installs the packages that testdata pins, for the duration of the
// test.
func install(tb testing.TB) (folder string) {
	tb.Helper()
	storetest.Need(tb, "npm", "npm (and nodejs, from 20)")
	folder = tb.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/oidc-provider")); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), "npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = folder
	if said, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("npm ci: %v\n%s", err, said)
	}
	return folder
}

// startCertified starts the provider with one client and some features.
func startCertified(tb testing.TB, folder string, client, features map[string]any) *certified {
	tb.Helper()
	cmd := exec.Command("node", filepath.Join(folder, "provider.mjs"))
	cmd.Dir = folder
	c := &certified{Log: new(logBuffer)}
	cmd.Stderr = c.Log
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close() // the provider exits when its input ends
		_ = cmd.Wait()
	})
	settings, _ := json.Marshal(map[string]any{"client": client, "features": features})
	fmt.Fprintf(in, "%s\n", settings)
	line, err := bufio.NewReader(out).ReadString('\n')
	if c.Issuer = strings.TrimSpace(line); err != nil {
		tb.Fatalf("oidc-provider: got %v, want its issuer; its log:\n%s", err, c.Log)
	}
	return c
}

var (
	formAction = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)
	formField  = regexp.MustCompile(`<input[^>]* name="([^"]+)"[^>]*?(?: value="([^"]*)")?\s*/?>`)
)

// submitForms fills in each form of the provider (login, consent, logout)
// until it redirects to another site or shows a page without a form.
func (c *certified) submitForms(tb testing.TB, b *authtest.Browser, page *authtest.Page) *authtest.Page {
	tb.Helper()
	for range 10 {
		action := formAction.FindStringSubmatch(page.Text)
		if page.Redirect != "" || action == nil {
			return page
		}
		form := url.Values{"login": {"ada"}, "password": {"any will do"}, "logout": {"yes"}}
		for _, field := range formField.FindAllStringSubmatch(page.Text, -1) {
			if form.Get(field[1]) == "" {
				form.Set(field[1], html.UnescapeString(field[2]))
			}
		}
		if page = b.Post(html.UnescapeString(action[1]), form); strings.HasPrefix(page.Redirect, c.Issuer) {
			page = b.Walk(page.Redirect)
		}
	}
	tb.Fatalf("the provider still shows a form:\n%s", page.Text)
	return nil
}
