package e2e

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/auth/doctor"
)

// examine runs `latchkey doctor --json` with an environment, and returns its checks by
// name and its exit status.
func examine(tb testing.TB, env map[string]string) (map[string]doctor.Check, int) {
	tb.Helper()
	p := &program{Env: env, Log: new(logBuffer)}
	cmd := p.command(tb)
	cmd.Args = append(cmd.Args, "doctor", "--json")
	cmd.Stdout = nil
	out, err := cmd.Output()
	var list []doctor.Check
	if decoded := json.Unmarshal(out, &list); decoded != nil {
		tb.Fatalf("latchkey doctor: got %v and %q: %v", err, out, decoded)
	}
	checks := map[string]doctor.Check{}
	for _, c := range list {
		checks[c.Name] = c
	}
	return checks, cmd.ProcessState.ExitCode()
}

func wantHealthy(t *testing.T, env map[string]string) {
	t.Helper()
	checks, status := examine(t, env)
	if status != 0 || len(checks) < 25 {
		t.Errorf("got exit status %d and %d checks, want 0 and at least 25", status, len(checks))
	}
	for name, c := range checks {
		if c.Status != doctor.OK {
			t.Errorf("%s: got %+v, want ok", name, c)
		}
	}
}

// wantFault checks that a check fails with these settings.
func wantFault(t *testing.T, env map[string]string, name, detail string, settings map[string]string) {
	t.Helper()
	env = maps.Clone(env)
	maps.Copy(env, settings)
	checks, status := examine(t, env)
	if got := checks[name]; got.Status != doctor.Error || !strings.Contains(got.Detail, detail) || got.Remedy == "" || status != 2 {
		t.Errorf("%v: got %+v and exit status %d, want an error with %q and a remedy, and 2", settings, got, status, detail)
	}
}

// latchkey doctor finds nothing wrong with an independent certified provider, and finds
// what is.
func TestDoctorWithCertifiedProvider(t *testing.T) {
	t.Parallel()
	folder := install(t)
	p := newProgram(t)
	client := map[string]any{
		"client_id": authtest.ClientID, "client_secret": authtest.ClientSecret,
		"redirect_uris":             []string{p.URL + "/api/auth/callback/asgardeo"},
		"post_logout_redirect_uris": []string{p.URL + "/api/auth/callback/asgardeo"},
		"grant_types":               []string{"authorization_code", "refresh_token"},
	}
	p.Env["AUTH_ASGARDEO_ISSUER"] = startCertified(t, folder, client, nil).Issuer
	p.start(t)
	wantHealthy(t, p.Env)
	wantFault(t, p.Env, "asgardeo: client authentication", "invalid_client", map[string]string{"AUTH_ASGARDEO_SECRET": "not the secret"})
	wantFault(t, p.Env, "asgardeo: redirect URI", "the client ID", map[string]string{"AUTH_ASGARDEO_ID": "unknown"})
	other := map[string]string{"AUTH_URL": strings.Replace(p.URL, "localhost", "other.localhost", 1)}
	wantFault(t, p.Env, "asgardeo: redirect URI", "the redirect URI "+other["AUTH_URL"], other)
	wantFault(t, p.Env, "asgardeo: post-logout redirect URI", other["AUTH_URL"], other)
}

// The same, with a key instead of a secret, and pushed authorization requests.
func TestDoctorWithCertifiedProviderAndKey(t *testing.T) {
	t.Parallel()
	folder := install(t)
	pemFile, public := newClientKey(t)
	otherFile, _ := newClientKey(t)
	p := newProgram(t)
	client := map[string]any{
		"client_id": authtest.ClientID, "token_endpoint_auth_method": "private_key_jwt", "jwks": map[string]any{"keys": []any{public}},
		"redirect_uris":             []string{p.URL + "/api/auth/callback/asgardeo"},
		"post_logout_redirect_uris": []string{p.URL + "/api/auth/callback/asgardeo"},
		"grant_types":               []string{"authorization_code", "refresh_token"},
	}
	pushed := map[string]any{"pushedAuthorizationRequests": map[string]any{"enabled": true, "requirePushedAuthorizationRequests": true}}
	maps.Copy(p.Env, map[string]string{
		"AUTH_ASGARDEO_SECRET": "", "AUTH_ASGARDEO_KEY_FILE": pemFile,
		"AUTH_ASGARDEO_ISSUER": startCertified(t, folder, client, pushed).Issuer,
	})
	p.start(t)
	wantHealthy(t, p.Env)
	wantFault(t, p.Env, "asgardeo: client authentication", "private_key_jwt", map[string]string{"AUTH_ASGARDEO_KEY_FILE": otherFile})
	wantFault(t, p.Env, "asgardeo: redirect URI", "redirect_uri", map[string]string{"AUTH_URL": strings.Replace(p.URL, "localhost", "other.localhost", 1)})
}

// The nginx of OPERATIONS.md passes everything on, and the three replicas share sessions.
// One that buffers event streams, as it does with HTTP/1.0 to the app, is found.
func TestDoctorBehindNginx(t *testing.T) {
	t.Parallel()
	f := startFleet(t, "sqlite:"+filepath.Join(t.TempDir(), "latchkey.db"))
	env := f.Replicas[0].Env
	wantHealthy(t, env)
	buffering := strings.Replace(f.Nginx.config, "proxy_http_version 1.1;", "proxy_http_version 1.0;\nproxy_ignore_headers X-Accel-Buffering;", 1)
	f.Nginx.reload(t, buffering)
	eventually(t, "the workers with the old configuration are gone, and buffering is found", func() bool {
		checks, status := examine(t, env)
		return status == 2 && strings.Contains(checks["app: event stream"].Detail, "holds the stream back")
	})
}
