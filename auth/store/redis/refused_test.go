package redis

import (
	"bufio"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store/storetest"
)

func TestOpenErrorsNameFixForServerSettings(t *testing.T) {
	t.Parallel()
	full := storetest.Keep(storetest.Redis(t, "--maxclients", "1"))
	storetest.Eventually(t, "the only connection is taken", func() bool { // the check of the start may still have it
		occupied, err := net.Dial("tcp", strings.TrimPrefix(full.URL, "redis://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { occupied.Close() })
		fmt.Fprint(occupied, "PING\r\n")
		answer, _ := bufio.NewReader(occupied).ReadString('\n')
		return answer == "+PONG\r\n"
	})
	host := strings.TrimPrefix(server.URL(t), "redis://")
	for _, c := range []struct{ name, url, want string }{
		{"too many connections", full.URL, "its maxclients"},
		{"TLS where there is none", "rediss://" + host, "write redis:// instead of rediss://"},
		{"no such host", "redis://:hunter2@nowhere.invalid", "no host of that name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, c.url, c.want)
		})
	}
}

// Sentinel still names a primary that has failed, so the error is not about Sentinel.
func TestOpenErrorsNameSentinelOrItsPrimary(t *testing.T) {
	t.Parallel()
	primary := storetest.Keep(storetest.Redis(t))
	sentinel := storetest.Keep(storetest.Sentinel(t, primary))
	primary.Crash()
	address := strings.TrimPrefix(sentinel.URL, "redis://")
	wantRefused(t, sentinel.URL+"?master_name=main", "redis: the primary that "+address+" names cannot be reached")
	sentinel.Crash()
	wantRefused(t, sentinel.URL+"?master_name=main", "redis: "+address+" cannot be reached")
}

// By default, a Redis with TLS requires a certificate of its clients.
func TestErrorOfServerThatRequiresClientCertificateNamesTheFix(t *testing.T) {
	t.Parallel()
	c, port := storetest.NewCertificate(t), storetest.FreePort(t)
	storetest.Keep(storetest.Redis(t, "--tls-port", port, "--tls-cert-file", c.Chain, "--tls-key-file", c.Key, "--tls-ca-cert-file", c.Authority))
	options, err := parseURL("rediss://:hunter2@127.0.0.1:" + port)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(c.Authority)
	if err != nil {
		t.Fatal(err)
	}
	options.TLSConfig.RootCAs = x509.NewCertPool()
	options.TLSConfig.RootCAs.AppendCertsFromPEM(authority)
	client := newClient(options)
	defer client.Close()
	storetest.WantRefused(t, explain(options, client.Ping(t.Context()).Err()), "set its tls-auth-clients to no")
}

func TestErrorOfOldServerNamesTheFix(t *testing.T) {
	t.Parallel()
	err := errors.New("ERR Error running script (call to f_0): @user_script:6: ERR syntax error") // of ZADD GT in Redis 6.0
	storetest.WantRefused(t, explain(&redis.UniversalOptions{}, err), "upgrade to Redis 6.2")
}
