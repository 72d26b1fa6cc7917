package store

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"net"
	neturl "net/url"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store/storetest"
)

// What a pooler refuses, and what it says of the server behind it, is not "start
// it": it runs.
func TestPoolerSaysWhatToMend(t *testing.T) {
	t.Parallel()
	through, _ := neturl.Parse(transactionPooler.url(t))
	full := keep(storetest.PgBouncer(t, &storetest.Server{URL: postgresURL(t)}, "transaction", "max_client_conn = 0"))
	lost := keep(storetest.PgBouncer(t, &storetest.Server{URL: "postgres://latchkey:right@127.0.0.1:" + storetest.FreePort(t) + "/postgres"},
		"transaction", "server_login_retry = 0.1", "server_connect_timeout = 1", "query_wait_timeout = 1"))
	for _, c := range []struct{ name, url, want string }{
		{"wrong password", "postgres://latchkey:hunter2@" + through.Host + "/postgres", "refuses the user or password"},
		{"no such user", "postgres://mallory:hunter2@" + through.Host + "/postgres", "refuses the user or password"},
		{"no such database", "postgres://latchkey:right@" + through.Host + "/" + strings.ToLower(rand.Text()), "has no such database"},
		{"too many connections", full.URL, "without a connection left"},
		{"no server", lost.URL, "is a connection pooler that"},
		{"no TLS", through.String() + "?sslmode=require", "does not speak TLS"},
		{"no TLS at the server", postgresURL(t) + "?sslmode=require", "does not speak TLS"},
		{"no such host", "postgres://latchkey:hunter2@nowhere.invalid/postgres", "no host of that name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, c.url, c.want)
		})
	}
}

func TestRedisSaysWhatItRefuses(t *testing.T) {
	t.Parallel()
	full := keep(storetest.Redis(t, "--maxclients", "1"))
	occupied, err := net.Dial("tcp", strings.TrimPrefix(full.URL, "redis://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { occupied.Close() })
	host := strings.TrimPrefix(redisServer.url(t), "redis://")
	alone := keep(storetest.Redis(t, "--min-replicas-to-write", "1"))
	for _, c := range []struct{ name, url, want string }{
		{"too many connections", full.URL, "its maxclients"},
		{"TLS where there is none", "rediss://" + host, "write redis:// in place of rediss://"},
		{"too few replicas", alone.URL, "min-replicas-to-write"},
		{"no such host", "redis://:hunter2@nowhere.invalid", "no host of that name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, c.url, c.want)
		})
	}
}

// A user who may not subscribe, as each new one of Redis 7, hears all the same,
// and the operator reads what is late, and what to add.
func TestRedisUserWhoMayNotSubscribe(t *testing.T) {
	t.Parallel()
	server := keep(storetest.Redis(t))
	address, _ := neturl.Parse(server.URL)
	admin := redis.NewClient(&redis.Options{Addr: address.Host})
	defer admin.Close()
	for name, rules := range map[string][]any{
		"no channel": {"resetchannels", "+@all"}, "no command": {"allchannels", "+@all", "-subscribe"},
	} {
		t.Run(name, func(t *testing.T) {
			user := strings.ReplaceAll(name, " ", "-")
			command := append([]any{"acl", "setuser", user, "on", ">right", "~latchkey*"}, rules...)
			if err := admin.Do(t.Context(), command...).Err(); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			url := "redis://" + user + ":right@" + address.Host
			one := openedWith(t, url, WithLog(slog.New(slog.NewTextHandler(&log, nil))))
			if !strings.Contains(log.String(), "&latchkey") {
				t.Errorf("got the log %q, want what to add to the user's ACL", &log)
			}
			aMessageReachesEverySubscriber(t, one, openedWith(t, url, WithLog(slog.New(slog.DiscardHandler))))
		})
	}
}
