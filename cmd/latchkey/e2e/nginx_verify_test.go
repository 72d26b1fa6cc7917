package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// A program behind nginx learns who is signed in, with the configuration of OPERATIONS.md,
// and nothing that a client claims about itself.
func TestNginxSignsInForAnotherProgram(t *testing.T) {
	t.Parallel()
	tool := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups", "Cookie"} {
			io.WriteString(w, name+": "+strings.Join(r.Header.Values(name), "|")+"\n")
		}
		body, _ := io.ReadAll(r.Body)
		io.WriteString(w, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	}))
	t.Cleanup(tool.Close)
	f := startFleet(t, "sqlite:"+filepath.Join(t.TempDir(), "latchkey.db"))
	locations := strings.Replace(nginxBlock(t, "location /tool/"), "http://10.0.0.9:8080", tool.URL, 1)
	f.Nginx.reload(t, strings.Replace(f.Nginx.config, "    location / {", locations+"\n    location / {", 1))

	b := authtest.NewBrowser(t)
	get := func(path, as string) *authtest.Page {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups"} {
			r.Header.Set(name, as)
		}
		return b.Send(r)
	}
	if page := get("/tool/?a=b", "root"); page.StatusCode != http.StatusSeeOther || page.Redirect != f.URL+"/" {
		t.Errorf("signed out: got status %d to %q with\n%s\nwant 303 to the sign-in page", page.StatusCode, page.Redirect, page.Text)
	}
	f.Provider.EditIDToken(func(_, claims map[string]any) {
		claims["email"], claims["email_verified"], claims["groups"] = "lin@example.com", true, []string{"poets"}
	})
	f.signIn(t, f.Replicas[0], b, lin)
	page := get("/tool/?a=b&c", "root")
	for _, want := range []string{
		"X-Auth-Request-User: lin\n", "X-Auth-Request-Email: lin@example.com\n", "X-Auth-Request-Groups: poets\n", "Cookie: \n", "GET /tool/?a=b&c",
	} {
		if !strings.Contains(page.Text, want) {
			t.Errorf("signed in: got status %d and no %q in\n%s", page.StatusCode, want, page.Text)
		}
	}
	if strings.Contains(page.Text, "root") {
		t.Errorf("got what the client claims in\n%s", page.Text)
	}
	if page := get("/api/auth/verify", ""); page.StatusCode != http.StatusNotFound {
		t.Errorf("the endpoint from outside: got status %d, want 404", page.StatusCode)
	}
}
