package e2e

import (
	"net/url"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
)

// SSL_CERT_FILE makes the certificate of an engine from a private authority
// trusted.
func TestStoresOverTLS(t *testing.T) {
	t.Parallel()
	for _, e := range []struct {
		name  string
		start func(tb testing.TB, c storetest.Certificate) (sessionStore string)
	}{{"redis", redisOverTLS}, {"postgres", postgresOverTLS}} {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			c := storetest.NewCertificate(t)
			p := newProgram(t)
			p.Env["SESSION_STORE"] = e.start(t, c)
			var said string
			eventually(t, "the engine responds, and its certificate is not trusted", func() bool {
				said = p.refused(t)
				return strings.Contains(said, "certificate that is not trusted")
			})
			if !strings.Contains(said, "SESSION_STORE: ") || !strings.Contains(said, "SSL_CERT_FILE") {
				t.Errorf("without SSL_CERT_FILE: got %q, want it to name both variables", said)
			}
			if strings.Contains(said, "hunter2") || strings.Contains(said, "right") {
				t.Errorf("the password is in %q", said)
			}
			p.Env["SSL_CERT_FILE"] = c.Authority
			p.start(t)
			p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
		})
	}
}

// redisOverTLS listens on a second port, with TLS, for a user with a password.
func redisOverTLS(tb testing.TB, c storetest.Certificate) string {
	port := storetest.FreePort(tb)
	s := storetest.Redis(tb, "--tls-port", port, "--tls-cert-file", c.Chain, "--tls-key-file", c.Key, "--tls-auth-clients", "no",
		"--user", "latchkey", "on", ">hunter2", "~latchkey*", "&latchkey*", "+@all")
	tb.Cleanup(s.Stop)
	return "rediss://latchkey:hunter2@127.0.0.1:" + port
}

func postgresOverTLS(tb testing.TB, c storetest.Certificate) string {
	s := storetest.Postgres(tb, "ssl=on", "ssl_cert_file="+c.Chain, "ssl_key_file="+c.Key)
	tb.Cleanup(s.Stop)
	u, _ := url.Parse(s.URL)
	u.RawQuery = "sslmode=verify-full"
	return u.String()
}
