package main

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// configured returns a valid configuration with some changes.
func configured(tb testing.TB, changes map[string]string) config {
	tb.Helper()
	env := map[string]string{
		"AUTH_SECRET":      "a secret for tests, of 32 bytes or more",
		"AUTH_ASGARDEO_ID": "app", "AUTH_ASGARDEO_SECRET": "shh", "AUTH_ASGARDEO_ISSUER": "https://idp.example.com",
	}
	maps.Copy(env, changes)
	c, err := loadConfig((&program{Env: env}).environ())
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string][]string{
		"":                           nil,
		"10.0.0.0/8":                 {"10.0.0.0/8"},
		"10.0.0.1":                   {"10.0.0.1/32"},
		"2001:db8::1":                {"2001:db8::1/128"},
		"10.0.0.1, 192.0.2.0/24 ::1": {"10.0.0.1/32", "192.0.2.0/24", "::1/128"},
		"10.1.2.3/8":                 {"10.0.0.0/8"},
		"::ffff:10.0.0.1":            {"10.0.0.1/32"},
	} {
		var got []string
		for _, network := range configured(t, map[string]string{"TRUSTED_PROXIES": raw}).trustedProxies {
			got = append(got, network.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: want -, got +\n%s", raw, diff)
		}
	}
}

// A start warns of probable mistakes, with the name of the variable.
func TestWarnings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  map[string]string
		want []string // the variables of the warnings
	}{
		"nothing to say":                   {nil, nil},
		"https without a declared proxy":   {map[string]string{"AUTH_URL": "https://app.example.com"}, []string{"TRUSTED_PROXIES"}},
		"https with a declared proxy":      {map[string]string{"AUTH_URL": "https://app.example.com", "TRUSTED_PROXIES": "10.0.0.1"}, nil},
		"a misspelt variable":              {map[string]string{"TRUSTED_PROXY": "10.0.0.1", "LOG_LEVLE": "debug"}, []string{"LOG_LEVLE"}},
		"one that package auth reads":      {map[string]string{"AUTH_URI": "http://localhost:3000", "SESSION_IDEL": "1h"}, nil},
		"https without a limit to be lost": {map[string]string{"AUTH_URL": "https://app.example.com", "AUTH_RATE_LIMIT": "0"}, nil},
	} {
		var got []string
		for _, warning := range configured(t, c.env).warnings() {
			variable, _, _ := strings.Cut(warning, ":")
			got = append(got, variable)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}

// Container tools may leave quotes around a value.
func TestQuotesAroundValuesAreRemoved(t *testing.T) {
	t.Parallel()
	c := configured(t, map[string]string{"TRUSTED_PROXIES": `"10.0.0.1"`, "AUTH_RATE_LIMIT": `'5'`, "SESSION_STORE": `"memory:"`, "HOST": `""`})
	if c.rateLimit != 5 || c.sessionStore != "memory:" || c.address != "localhost:3000" || len(c.trustedProxies) != 1 {
		t.Errorf("got %+v, want the values without their quotes", c)
	}
}

// An invalid port is one problem, with and without AUTH_URL.
func TestInvalidPort(t *testing.T) {
	t.Parallel()
	env := map[string]string{"AUTH_SECRET": "a secret for tests, of 32 bytes or more", "AUTH_ASGARDEO_ID": "app", "AUTH_ASGARDEO_SECRET": "shh", "AUTH_ASGARDEO_ISSUER": "https://idp.example.com"}
	for _, url := range []string{"", "https://app.example.com"} {
		for _, port := range []string{"seventy", "70000", "-1", "00"} {
			env["PORT"], env["AUTH_URL"] = port, url
			if lines := strings.Split(refused(t, env), "\n")[1:]; len(lines) != 1 || !strings.Contains(lines[0], "PORT: ") {
				t.Errorf("PORT=%s, AUTH_URL=%s: got %q, want one line about PORT", port, url, lines)
			}
		}
	}
}

func TestWarningsAreLogged(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["AUTH_URL"], p.Env["HOST"], p.Env["AUTH_RATE_LIMIT"] = "https://app.example.com", "localhost", "60"
	p.start(t)
	if log := p.Log.String(); !strings.Contains(log, `"level":"WARN","msg":"TRUSTED_PROXIES: is not set`) {
		t.Errorf("got no warning of TRUSTED_PROXIES in the log:\n%s", log)
	}
}
