package auth

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/internal/sealed"
)

// goodEnviron returns a valid environment with additional or changed variables; a name
// without a value removes a variable.
func goodEnviron(changes ...string) []string {
	all := append([]string{
		"AUTH_SECRET=" + testSecret, "AUTH_ASGARDEO_ID=client", "AUTH_ASGARDEO_SECRET=shh",
		"AUTH_ASGARDEO_ISSUER=https://api.asgardeo.io/t/org/oauth2/token",
	}, changes...)
	return all
}

func fileWith(tb testing.TB, content string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func TestLoadConfig(t *testing.T) {
	t.Parallel()
	asgardeo := Provider{ID: "asgardeo", ClientID: "client", ClientSecret: "shh", Issuer: "https://api.asgardeo.io/t/org/oauth2/token"}
	with := func(change func(*Config)) Config {
		c := Config{URL: "http://localhost:3000", Secret: testSecret, Providers: []Provider{asgardeo}, MaxAge: defaultMaxAge, Idle: defaultIdle}
		change(&c)
		return c
	}
	for _, c := range []struct {
		name    string
		environ []string
		want    Config
	}{
		{"Asgardeo's guide", goodEnviron(), with(func(*Config) {})},
		{"another port", goodEnviron("PORT=8080"), with(func(c *Config) { c.URL = "http://localhost:8080" })},
		{"a public URL", goodEnviron("PORT=8080", "AUTH_URL=https://app.example.com"), with(func(c *Config) { c.URL = "https://app.example.com" })},
		{"blanks around", goodEnviron("AUTH_URL= https://app.example.com \t"), with(func(c *Config) { c.URL = "https://app.example.com" })},
		{"lifetimes", goodEnviron("SESSION_MAX_AGE=8h", "SESSION_IDLE=30m"), with(func(c *Config) { c.MaxAge, c.Idle = 8*time.Hour, 30*time.Minute })},
		{"secrets from files", goodEnviron("AUTH_SECRET=", "AUTH_SECRET_FILE="+fileWith(t, otherSecret+"\n"), "AUTH_ASGARDEO_SECRET=", "AUTH_ASGARDEO_SECRET_FILE="+fileWith(t, " from a file\n")),
			with(func(c *Config) { c.Secret, c.Providers[0].ClientSecret = otherSecret, "from a file" })},
		{"older secrets", goodEnviron("AUTH_SECRET_1="+otherSecret, "AUTH_SECRET_3="+otherSecret+"3"),
			with(func(c *Config) { c.OldSecrets = []string{otherSecret, "", otherSecret + "3"} })},
		{"scopes, name, front channel", goodEnviron("AUTH_ASGARDEO_SCOPES=openid, internal_login  email", "AUTH_ASGARDEO_NAME=Our Login", "AUTH_ASGARDEO_FRONTCHANNEL_LOGOUT=true"),
			with(func(c *Config) {
				p := &c.Providers[0]
				p.Scopes, p.Name, p.FrontChannelLogout = []string{"openid", "internal_login", "email"}, "Our Login", true
			})},
		{"a method of client authentication", goodEnviron("AUTH_ASGARDEO_AUTH_METHOD=client_secret_post"),
			with(func(c *Config) { c.Providers[0].AuthMethod = "client_secret_post" })},
		{"authorization parameters", goodEnviron("AUTH_ASGARDEO_PARAMS=audience=https%3A%2F%2Fapi.example.com&prompt=consent"),
			with(func(c *Config) {
				c.Providers[0].Params = url.Values{"audience": {"https://api.example.com"}, "prompt": {"consent"}}
			})},
		{"more providers: Asgardeo first, then by name",
			goodEnviron("AUTH_OKTA_ID=o", "AUTH_OKTA_SECRET=o", "AUTH_OKTA_ISSUER=https://okta.example", "AUTH_AAD_ID=a", "AUTH_AAD_SECRET=a", "AUTH_AAD_ISSUER=https://aad.example"),
			with(func(c *Config) {
				c.Providers = append(c.Providers,
					Provider{ID: "aad", ClientID: "a", ClientSecret: "a", Issuer: "https://aad.example"},
					Provider{ID: "okta", ClientID: "o", ClientSecret: "o", Issuer: "https://okta.example"})
			})},
	} {
		got, err := LoadConfig(c.environ)
		if err != nil {
			t.Errorf("%s: got error %v, want none", c.name, err)
		}
		for i := range got.Providers {
			if len(got.Providers[i].Scopes) == 0 {
				got.Providers[i].Scopes = nil
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: want -, got +\n%s", c.name, diff)
		}
	}
}

// Each error starts with the variable and names the fix.
func TestLoadConfigProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		environ []string
		want    []string // how the lines begin, and what they hold
	}{
		{"AUTH_URL is no URL", goodEnviron("AUTH_URL=app.example.com"), []string{"AUTH_URL:", "https://app.example.com"}},
		{"AUTH_URL without a host", goodEnviron("AUTH_URL=https://:8443"), []string{"AUTH_URL:", "https://app.example.com"}},
		{"of another scheme", goodEnviron("AUTH_URL=ftp://app.example.com"), []string{"AUTH_URL:"}},
		{"plain http on a public host", goodEnviron("AUTH_URL=http://app.example.com"), []string{"AUTH_URL:", "Use https"}},
		{"plain http on a host that begins like loopback", goodEnviron("AUTH_URL=http://localhost.example.com"), []string{"AUTH_URL:", "Use https"}},
		{"plain http on an address of the network", goodEnviron("AUTH_URL=http://192.168.0.1:3000"), []string{"AUTH_URL:", "Use https"}},
		{"with a query", goodEnviron("AUTH_URL=https://app.example.com/?a=b"), []string{"AUTH_URL:"}},
		{"with a fragment", goodEnviron("AUTH_URL=https://app.example.com/#a"), []string{"AUTH_URL:"}},
		{"with a password", goodEnviron("AUTH_URL=https://me:hunter2@app.example.com"), []string{"AUTH_URL:"}},
		{"no URL, with a password", goodEnviron("AUTH_URL=ftp://me:hunter2@app.example.com"), []string{"AUTH_URL:"}},
		{"no secret", goodEnviron("AUTH_SECRET="), []string{"AUTH_SECRET:", "latchkey secret"}},
		{"blanks for a secret", goodEnviron("AUTH_SECRET=     "), []string{"AUTH_SECRET:", "is missing"}},
		{"a short secret", goodEnviron("AUTH_SECRET=hunter2-hunter2-hunter2-hunter2"), []string{"AUTH_SECRET:", "31 bytes", "at least 32"}},
		{"the example's secret", goodEnviron("AUTH_SECRET=replace-this-with-the-output-of-latchkey-secret"), []string{"AUTH_SECRET:", "is the example"}},
		{"an older secret that is short", goodEnviron("AUTH_SECRET_1=hunter2"), []string{"AUTH_SECRET_1:", "7 bytes"}},
		{"the right one of the older secrets is named", goodEnviron("AUTH_SECRET_2=hunter2"), []string{"AUTH_SECRET_2:", "7 bytes"}},
		{"an older secret that is the example's", goodEnviron("AUTH_SECRET_3=your-auth-secret-generated-by-npx-auth-secret"), []string{"AUTH_SECRET_3:", "is the example"}},
		{"a secret file that is not there", goodEnviron("AUTH_SECRET=", "AUTH_SECRET_FILE=/nonexistent/file"), []string{"AUTH_SECRET_FILE:", "cannot be read"}},
		{"a secret and its file", goodEnviron("AUTH_SECRET_FILE=" + fileWith(t, testSecret)), []string{"AUTH_SECRET_FILE:", "Leave out one"}},
		{"no provider", []string{"AUTH_SECRET=" + testSecret}, []string{"AUTH_ASGARDEO_ID:", "no provider"}},
		{"no client ID", goodEnviron("AUTH_ASGARDEO_ID="), []string{"AUTH_ASGARDEO_ID:"}},
		{"no client secret", goodEnviron("AUTH_ASGARDEO_SECRET="), []string{"AUTH_ASGARDEO_SECRET:"}},
		{"no issuer", goodEnviron("AUTH_ASGARDEO_ISSUER="), []string{"AUTH_ASGARDEO_ISSUER:", "/oauth2/token"}},
		{"an issuer that is no URL", goodEnviron("AUTH_ASGARDEO_ISSUER=api.asgardeo.io"), []string{"AUTH_ASGARDEO_ISSUER:", "not a URL"}},
		{"a plain http issuer", goodEnviron("AUTH_ASGARDEO_ISSUER=http://api.asgardeo.io/t/org"), []string{"AUTH_ASGARDEO_ISSUER:", "Use https"}},
		{"an issuer with a password", goodEnviron("AUTH_ASGARDEO_ISSUER=https://me:hunter2@api.asgardeo.io/t/org"), []string{"AUTH_ASGARDEO_ISSUER:"}},
		{"an issuer with a placeholder", goodEnviron("AUTH_ASGARDEO_ISSUER=https://login.example/{tenantid}/v2.0"), []string{"AUTH_ASGARDEO_ISSUER:", "in place of {tenantid}"}},
		{"an issuer with the guide's placeholder", goodEnviron("AUTH_ASGARDEO_ISSUER=https://api.asgardeo.io/t/<org>/oauth2/token"), []string{"AUTH_ASGARDEO_ISSUER:", "in place of <org>"}},
		{"an issuer with a query", goodEnviron("AUTH_ASGARDEO_ISSUER=https://api.asgardeo.io/t/org?a=b"), []string{"AUTH_ASGARDEO_ISSUER:"}},
		{"half of another provider", goodEnviron("AUTH_OKTA_ID=client"), []string{"AUTH_OKTA_SECRET:", "AUTH_OKTA_ISSUER:"}},
		{"an unknown method of client authentication", goodEnviron("AUTH_ASGARDEO_AUTH_METHOD=basic"), []string{"AUTH_ASGARDEO_AUTH_METHOD:", "client_secret_basic"}},
		{"private_key_jwt without a key", goodEnviron("AUTH_ASGARDEO_AUTH_METHOD=private_key_jwt"), []string{"AUTH_ASGARDEO_AUTH_METHOD:", "AUTH_ASGARDEO_KEY_FILE"}},
		{"a parameter that a sign-in sets", goodEnviron("AUTH_ASGARDEO_PARAMS=audience=api&redirect_uri=https://evil.example"), []string{"AUTH_ASGARDEO_PARAMS: has redirect_uri", "Leave it out"}},
		{"PKCE switched off by a parameter", goodEnviron("AUTH_ASGARDEO_PARAMS=code_challenge_method=plain"), []string{"AUTH_ASGARDEO_PARAMS: has code_challenge_method"}},
		{"scopes as a parameter", goodEnviron("AUTH_ASGARDEO_PARAMS=scope=openid"), []string{"AUTH_ASGARDEO_PARAMS: has scope", "AUTH_ASGARDEO_SCOPES"}},
		{"a parameter twice", goodEnviron("AUTH_ASGARDEO_PARAMS=audience=a&audience=b"), []string{"AUTH_ASGARDEO_PARAMS:", "2 times"}},
		{"a parameter without a name", goodEnviron("AUTH_ASGARDEO_PARAMS==a"), []string{"AUTH_ASGARDEO_PARAMS:"}},
		{"prompt=none", goodEnviron("AUTH_ASGARDEO_PARAMS=prompt=none"), []string{"AUTH_ASGARDEO_PARAMS:", "prompt=none"}},
		{"parameters that are no query string", goodEnviron("AUTH_ASGARDEO_PARAMS=audience=%zz"), []string{"AUTH_ASGARDEO_PARAMS: is not a query string"}},
		{"a provider's name with an underscore", goodEnviron("AUTH_MY_IDP_ID=client"), []string{"AUTH_MY_IDP_ID:", "letters and digits"}},
		{"a lifetime that is none", goodEnviron("SESSION_MAX_AGE=a while"), []string{"SESSION_MAX_AGE:", "24h"}},
		{"a lifetime without a unit", goodEnviron("SESSION_IDLE=3600"), []string{"SESSION_IDLE:"}},
		{"a lifetime of nothing", goodEnviron("SESSION_IDLE=0s"), []string{"SESSION_IDLE:"}},
		{"a negative lifetime", goodEnviron("SESSION_MAX_AGE=-1h"), []string{"SESSION_MAX_AGE:"}},
		{"neither true nor false", goodEnviron("AUTH_ASGARDEO_FRONTCHANNEL_LOGOUT=maybe"), []string{"AUTH_ASGARDEO_FRONTCHANNEL_LOGOUT:"}},
		{"everything at once", []string{"AUTH_URL=http://app.example.com", "AUTH_SECRET=hunter2", "AUTH_SECRET_1=hunter2", "SESSION_IDLE=x", "AUTH_OKTA_NAME=Okta"},
			[]string{"AUTH_URL:", "AUTH_SECRET:", "AUTH_SECRET_1:", "SESSION_IDLE:", "AUTH_OKTA_ID:", "AUTH_OKTA_SECRET:", "AUTH_OKTA_ISSUER:"}},
	} {
		_, err := LoadConfig(c.environ)
		if err == nil {
			t.Errorf("%s: got no error", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains("\n"+err.Error(), want) || (strings.HasSuffix(want, ":") && !strings.Contains("\n"+err.Error(), "\n"+want)) {
				t.Errorf("%s: got\n%s\nwant %s in it", c.name, err, want)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows a secret:\n%s", c.name, err)
		}
	}
}

// New reports the same errors for a Config without LoadConfig.
func TestNewValidatesConfig(t *testing.T) {
	t.Parallel()
	good := func() Config {
		return Config{URL: "https://app.example.com", Secret: testSecret, Providers: []Provider{{ID: "one", ClientID: "c", ClientSecret: "s", Issuer: "https://one.example"}}}
	}
	for name, change := range map[string]func(*Config){
		"no secret":             func(c *Config) { c.Secret = "" },
		"a short older secret":  func(c *Config) { c.OldSecrets = []string{"short"} },
		"no provider":           func(c *Config) { c.Providers = nil },
		"a provider without ID": func(c *Config) { c.Providers[0].ID = "" },
		"an ID with a slash":    func(c *Config) { c.Providers[0].ID = "a/b" },
		"an ID in upper case":   func(c *Config) { c.Providers[0].ID = "One" },
		"an ID twice":           func(c *Config) { c.Providers = append(c.Providers, c.Providers[0]) },
		"a negative lifetime":   func(c *Config) { c.Idle = -time.Hour },
	} {
		c := good()
		change(&c)
		if a, err := New(c, openStore(t, "memory:")); err == nil {
			a.Close()
			t.Errorf("%s: got no error", name)
		}
	}
	if _, err := New(good(), nil); err == nil || !strings.Contains(err.Error(), "store") {
		t.Errorf("no store: got error %v, want one about it", err)
	}
	a, err := New(good(), openStore(t, "memory:"))
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
}

// Empty secrets are ignored: nothing is sealed or opened with them.
func TestEmptySecretsOpenNothing(t *testing.T) {
	t.Parallel()
	a, clock := newAuth(t, openStore(t, "memory:"), func(c *Config) { c.OldSecrets = []string{"", otherSecret, ""} })
	known := sealed.NewSealer(testOrigin, []string{""}, clock.Now).Seal(forNotice, "name", []byte("{}"), clock.Now().Add(time.Hour))
	if _, ok := a.sealer.Open(forNotice, "name", known); ok {
		t.Error("a value sealed with an empty secret opens")
	}
	other := sealed.NewSealer(testOrigin, []string{otherSecret}, clock.Now).Seal(forNotice, "name", []byte("{}"), clock.Now().Add(time.Hour))
	if _, ok := a.sealer.Open(forNotice, "name", other); !ok {
		t.Error("a value sealed with the second of the older secrets does not open")
	}
}
