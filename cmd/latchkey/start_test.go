package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"net/http/httptest"

	"latchkey/auth/authtest"
)

// providerUnavailable reports whether the sign-in page says that the provider
// is unavailable.
func (p *program) providerUnavailable(tb testing.TB) bool {
	tb.Helper()
	page := authtest.NewBrowser(tb).Get(p.URL)
	if page.StatusCode != http.StatusOK {
		tb.Fatalf("the sign-in page: got status %d, want 200, in any state of the provider:\n%s", page.StatusCode, page.Text)
	}
	return strings.Contains(page.Text, `class="warning"`)
}

func TestProviderDownAtStart(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	listener, err := net.Listen("tcp", "localhost:"+freePort(t))
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	p.Env["AUTH_ASGARDEO_ISSUER"] = "http://" + address + string(authtest.TokenEndpoint)
	p.start(t)
	eventually(t, "the sign-in page says that the provider is down", func() bool { return p.providerUnavailable(t) })
	if !strings.Contains(p.Log.String(), "provider_unavailable") {
		t.Errorf("the log does not say that the provider is down:\n%s", p.Log)
	}
	b := authtest.NewBrowser(t)
	if page := b.Post(p.URL+"/api/auth/signin/asgardeo", nil); page.StatusCode != http.StatusServiceUnavailable || !strings.Contains(page.Text, "Asgardeo isn&#39;t responding") {
		t.Errorf("Sign in while the provider is down: got status %d and\n%s", page.StatusCode, page.Text)
	}

	p.Provider = serveProvider(t, address)
	p.register()
	eventually(t, "the sign-in page says no more that the provider is down", func() bool { return !p.providerUnavailable(t) })
	if page := p.signIn(t, b, authtest.Ada); !strings.Contains(page.Text, "You are now signed in!") {
		t.Errorf("Sign in when the provider is back: got status %d and\n%s", page.StatusCode, page.Text)
	}
}

// serveProvider starts a provider on a given address.
func serveProvider(tb testing.TB, address string) *authtest.Provider {
	tb.Helper()
	provider, err := authtest.New(authtest.WithURL("http://" + address))
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewUnstartedServer(provider)
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	tb.Cleanup(server.Close)
	return provider
}

// A provider that responds 503 is as unavailable as one that does not respond.
func TestProviderInMaintenanceAtStart(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Provider.Handle(authtest.DiscoveryEndpoint, authtest.Status(http.StatusServiceUnavailable))
	p.start(t)
	page := authtest.NewBrowser(t).Post(p.URL+"/api/auth/signin/asgardeo", nil)
	if page.StatusCode != http.StatusServiceUnavailable || !strings.Contains(page.Text, "Asgardeo isn&#39;t responding") {
		t.Errorf("Sign in while the provider is in maintenance: got status %d and\n%s", page.StatusCode, page.Text)
	}
}

func TestStartAcceptsEveryFormOfTheIssuer(t *testing.T) {
	t.Parallel()
	tests := map[string]func(issuer string) string{
		"the issuer":                  func(issuer string) string { return issuer },
		"the organisation's base URL": func(issuer string) string { return strings.TrimSuffix(issuer, "/oauth2/token") },
		"a trailing slash":            func(issuer string) string { return issuer + "/" },
		"the base URL and a slash":    func(issuer string) string { return strings.TrimSuffix(issuer, "oauth2/token") },
		"the discovery URL":           func(issuer string) string { return issuer + "/.well-known/openid-configuration" },
		"white space around it":       func(issuer string) string { return " " + issuer + "\t" },
	}
	for name, form := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t)
			p.Env["AUTH_ASGARDEO_ISSUER"] = form(p.Provider.Issuer())
			p.start(t)
			if page := p.signIn(t, authtest.NewBrowser(t), authtest.Ada); !strings.Contains(page.Text, "You are now signed in!") {
				t.Errorf("issuer %q: got status %d and\n%s\nlog:\n%s", p.Env["AUTH_ASGARDEO_ISSUER"], page.StatusCode, page.Text, p.Log)
			}
		})
	}
}

func TestWrongIssuerIsReported(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["AUTH_ASGARDEO_ISSUER"] = strings.Replace(p.Provider.Issuer(), "127.0.0.1", "localhost", 1)
	p.start(t)
	eventually(t, "the sign-in page says that signing in does not work", func() bool { return p.providerUnavailable(t) })
	for _, want := range []string{"AUTH_ASGARDEO_ISSUER", p.Provider.Issuer()} {
		if !strings.Contains(p.Log.String(), want) {
			t.Errorf("the log does not name the remedy, %q:\n%s", want, p.Log)
		}
	}
	page := authtest.NewBrowser(t).Post(p.URL+"/api/auth/signin/asgardeo", nil)
	if page.StatusCode != http.StatusBadGateway || !strings.Contains(page.Text, "doesn&#39;t accept this app&#39;s settings") {
		t.Errorf("Sign in with a wrong issuer: got status %d and\n%s", page.StatusCode, page.Text)
	}
}

func TestUnknownIssuerIsReported(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["AUTH_ASGARDEO_ISSUER"] = p.Provider.URL + "/t/other"
	p.start(t)
	eventually(t, "the sign-in page says that signing in does not work", func() bool { return p.providerUnavailable(t) })
	for _, want := range []string{"AUTH_ASGARDEO_ISSUER", p.Provider.URL + "/t/other/oauth2/token"} {
		if !strings.Contains(p.Log.String(), want) {
			t.Errorf("the log does not name the variable and what was tried, %q:\n%s", want, p.Log)
		}
	}
}

func TestWrongClientSecretIsReported(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["AUTH_ASGARDEO_SECRET"] = "a secret of another app"
	p.start(t)
	page := p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	if page.StatusCode != http.StatusBadGateway || !strings.Contains(page.Text, "doesn&#39;t accept this app&#39;s settings") {
		t.Errorf("Sign in with a wrong client secret: got status %d and\n%s", page.StatusCode, page.Text)
	}
	if log := p.Log.String(); !strings.Contains(log, "AUTH_ASGARDEO_SECRET") || strings.Contains(log, "a secret of another app") {
		t.Errorf("the log has to name AUTH_ASGARDEO_SECRET, and not its value:\n%s", log)
	}
}

func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	store := strings.TrimPrefix(p.Env["SESSION_STORE"], "sqlite:")
	for _, name := range []string{"AUTH_SECRET", "AUTH_ASGARDEO_SECRET", "SESSION_STORE"} { // whose URL may have a password
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(p.Env[name]+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		p.Env[name+"_FILE"] = file
		delete(p.Env, name)
	}
	p.start(t)
	if page := p.signIn(t, authtest.NewBrowser(t), authtest.Ada); !strings.Contains(page.Text, "You are now signed in!") {
		t.Errorf("with secrets from files: got status %d and\n%s\nlog:\n%s", page.StatusCode, page.Text, p.Log)
	}
	if _, err := os.Stat(store); err != nil {
		t.Errorf("the store that SESSION_STORE_FILE names: got %v, want it in use", err)
	}
}

func TestStartLogsTheURLsToRegister(t *testing.T) {
	t.Parallel()
	p := started(t)
	for _, want := range []string{p.URL, p.URL + "/api/auth/callback/asgardeo"} {
		eventually(t, "the log says "+want, func() bool {
			return strings.Contains(p.Log.String(), `"`+want+`"`) || strings.Contains(p.Log.String(), want+`"`)
		})
	}
}

// refused starts a program whose environment is wrong, and returns its error.
func refused(tb testing.TB, env map[string]string) string {
	tb.Helper()
	return failed(tb, env, true)
}

// failed starts a program that cannot start, and returns its error. Only a wrong
// environment is a setupError.
func failed(tb testing.TB, env map[string]string, isSetup bool) string {
	tb.Helper()
	p := &program{Env: env}
	err := run(tb.Context(), nil, p.environ(), io.Discard, io.Discard)
	if _, ok := errors.AsType[*setupError](err); err == nil || ok != isSetup {
		tb.Fatalf("start: got error %T %v, want a setupError: %v", err, err, isSetup)
	}
	return err.Error()
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	listener, err := net.Listen("tcp", "localhost:"+p.Env["PORT"])
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	said := failed(t, p.Env, false)
	for _, want := range []string{"PORT: ", "localhost:" + p.Env["PORT"], "set PORT to another"} {
		if !strings.Contains(said, want) {
			t.Errorf("port taken: got %q, want it to say %q", said, want)
		}
	}
}

func TestPortInUseByTheMetrics(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["METRICS_ADDR"] = "localhost:" + p.Env["PORT"]
	if said := failed(t, p.Env, false); !strings.Contains(said, "set PORT or METRICS_ADDR to another") {
		t.Errorf("got %q, want it to name both variables", said)
	}
}

// The error names the variable that is wrong.
func TestListenErrorsNameTheVariable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ variable, value, want string }{
		{"HOST", "192.0.2.1", "HOST: cannot listen on"},
		{"HOST", "nowhere.invalid", "HOST: cannot listen on"},
		{"METRICS_ADDR", "192.0.2.1:9090", "Set METRICS_ADDR to an address of this machine"},
	} {
		p := newProgram(t)
		p.Env[c.variable] = c.value
		if said := failed(t, p.Env, false); !strings.Contains(said, c.want) || strings.Contains(said, "Stop the program") {
			t.Errorf("%s=%s: got %q, want %q", c.variable, c.value, said, c.want)
		}
	}
}

func TestStartReportsEveryInvalidVariable(t *testing.T) {
	t.Parallel()
	const hidden = "of-31-bytes-which-nobody-prints"
	said := refused(t, map[string]string{
		"PORT": "seventy", "AUTH_URL": "http://app.example.com", "AUTH_SECRET": hidden, "AUTH_SECRET_1": "short",
		"AUTH_ASGARDEO_ID": "app", "AUTH_ASGARDEO_ISSUER": "http://idp.example.com", "AUTH_ASGARDEO_SECRET_FILE": "/missing/secret",
		"AUTH_ASGARDEO_FRONTCHANNEL_LOGOUT": "perhaps", "AUTH_OTHER_ID": "other", "SESSION_STORE_FILE": "/missing/store",
		"SESSION_MAX_AGE": "-1h", "SESSION_IDLE": "soon", "AUTH_RATE_LIMIT": "many", "SHUTDOWN_DELAY": "later",
		"TRUSTED_PROXIES": "10.0.0.0/8, proxy.example.com", "LOG_LEVEL": "loud", "LOG_FORMAT": "prose",
	})
	lines := strings.Split(said, "\n")[1:]
	for _, variable := range []string{
		"PORT", "AUTH_URL", "AUTH_SECRET", "AUTH_SECRET_1", "AUTH_ASGARDEO_ISSUER", "AUTH_ASGARDEO_SECRET_FILE",
		"AUTH_ASGARDEO_FRONTCHANNEL_LOGOUT", "AUTH_OTHER_SECRET", "AUTH_OTHER_ISSUER", "SESSION_STORE_FILE",
		"SESSION_MAX_AGE", "SESSION_IDLE", "AUTH_RATE_LIMIT", "SHUTDOWN_DELAY", "TRUSTED_PROXIES", "LOG_LEVEL", "LOG_FORMAT",
	} {
		var found int
		for _, line := range lines {
			if strings.HasPrefix(strings.TrimSpace(line), variable+": ") {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s: got %d lines about it, want 1, in:\n%s", variable, found, said)
		}
	}
	if strings.Contains(said, hidden) {
		t.Errorf("a secret is printed:\n%s", said)
	}
}

func TestPlainHTTPIsAcceptedOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	for _, public := range []string{"http://app.example.com", "http://192.0.2.7", "http://localhost.example.com", "http://[2001:db8::1]"} {
		u, err := url.Parse(public)
		if err != nil {
			t.Fatal(err)
		}
		p.Env["AUTH_URL"] = u.String()
		if said := refused(t, p.Env); !strings.Contains(said, "AUTH_URL: ") || !strings.Contains(said, "https") {
			t.Errorf("AUTH_URL %s: got %q, want it refused, with https as the remedy", public, said)
		}
	}
}
