package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// The client would print what fails to the standard error, beside the log; it
// returns it as well, to someone who knows what to do.
func init() { redis.SetLogger(discardLogger{}) }

type discardLogger struct{}

func (discardLogger) Printf(context.Context, string, ...any) {}

var errRedisURL = errors.New("redis: the URL cannot be read: " +
	"write redis://user:password@host:6379/0, with special characters in the password as %XX")

var redisParameters = []string{"cluster", "master_name", "sentinel_username", "sentinel_password"}

// Open opens the store that a URL names, and checks that it can be written to:
//
//	redis://[user:password@]host[:port][/database]   one Redis server, or Valkey; from 6.2
//	redis://host,host,host                           a Redis Cluster; with one host add ?cluster=true
//	redis://host,host?master_name=NAME               the primary that these Sentinels name
//
// rediss:// is redis:// over TLS. The parameters sentinel_username and
// sentinel_password are for Sentinels that require their own password.
//
// An error is one sentence that names the fix. It never contains a password.
func Open(ctx context.Context, rawURL string, with ...Option) (*Store, error) {
	options, err := redisOptions(rawURL)
	if err != nil {
		return nil, err
	}
	s := &Store{client: newRedisClient(options), alone: newRedisPing(options)}
	ctx, cancel := context.WithTimeout(ctx, engine.StartTimeout)
	defer cancel()
	if _, err := s.Create(ctx, store.Record{Expires: time.Now()}); err != nil {
		_ = s.Close()
		return nil, explainRedis(options, err)
	}
	s.chooseListening(ctx, newOptions(with).log)
	return s, nil
}

// newRedisClient asks a Cluster every second who serves what. The client would
// go on asking a node that is gone, for a minute: nobody is there to redirect it.
func newRedisClient(options *redis.UniversalOptions) redis.UniversalClient {
	if !options.IsClusterMode {
		return redis.NewUniversalClient(options)
	}
	cluster := options.Cluster()
	cluster.ClusterStateReloadInterval = time.Second
	return redis.NewClusterClient(cluster)
}

// redisOptions reads the URL form that Open documents. Within its limits an
// answer comes or fails, whatever the context says.
func redisOptions(rawURL string) (*redis.UniversalOptions, error) {
	u, hosts, err := parseHosts(rawURL)
	if err != nil {
		return nil, err
	}
	options := &redis.UniversalOptions{
		Addrs:       withPorts(hosts),
		DialTimeout: time.Second, ReadTimeout: 2 * time.Second, WriteTimeout: 2 * time.Second,
		DialerRetries: 1, MaxRetries: 1, MaxRedirects: 3,
		ContextTimeoutEnabled:    true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	options.Username = u.User.Username()
	options.Password, _ = u.User.Password()
	if u.Scheme == "rediss" {
		options.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return options, addParameters(options, u)
}

// parseHosts takes the hosts apart first, for a URL knows of one only. What
// url.Parse says of an error is left out: it may quote the password.
func parseHosts(rawURL string) (u *url.URL, hosts []string, err error) {
	scheme, rest, _ := strings.Cut(rawURL, "://")
	end := strings.IndexAny(rest+"/", "/?")
	user := strings.LastIndex(rest[:end], "@") + 1
	hosts = strings.Split(rest[user:end], ",")
	u, err = url.Parse(scheme + "://" + rest[:user] + hosts[0] + rest[end:])
	if err != nil || u.Hostname() == "" || u.Fragment != "" {
		return nil, nil, errRedisURL
	}
	return u, hosts, nil
}

func withPorts(hosts []string) []string {
	for i, host := range hosts {
		if _, _, err := net.SplitHostPort(host); err != nil {
			hosts[i] = net.JoinHostPort(strings.Trim(host, "[]"), "6379")
		}
	}
	return hosts
}

func addParameters(options *redis.UniversalOptions, u *url.URL) (err error) {
	if database := strings.Trim(u.Path, "/"); database != "" {
		if options.DB, err = strconv.Atoi(database); err != nil {
			return errors.New("redis: what follows the host is not a number: write the database as in redis://host/0")
		}
	}
	query := u.Query()
	for name := range query {
		if !slices.Contains(redisParameters, name) {
			return fmt.Errorf("redis: there is no parameter %q: there are %s", name, strings.Join(redisParameters, ", "))
		}
	}
	options.MasterName = query.Get("master_name")
	options.SentinelUsername = query.Get("sentinel_username")
	options.SentinelPassword = query.Get("sentinel_password")
	options.IsClusterMode = query.Get("cluster") == "true" || len(options.Addrs) > 1 && options.MasterName == ""
	if options.IsClusterMode && options.DB != 0 {
		return errors.New("redis: a Cluster has no database but 0: leave the number out")
	}
	return nil
}

// redisHints are what its errors begin with, or hold, and what to do.
var redisHints = []struct{ says, mend string }{
	{"WRONGPASS", "refuses the user or password: correct them in the URL"},
	{"NOAUTH", "wants a password: write redis://:password@host"},
	{"protected mode", "lets in only its own machine: set a password there, and name it in the URL"},
	{"NOPERM", "does not let this user do all that is needed: allow it all commands on latchkey*, keys and engine.Channel (+@all ~latchkey* &latchkey)"},
	{"DB index", "has no database of that number: correct it in the URL"},
	{"READONLY", "is a replica: name the primary, or its Sentinels with ?master_name="},
	{"MOVED", "belongs to a Cluster: add ?cluster=true"},
	{"cluster support disabled", "is no Cluster: name one host, or Sentinels with ?master_name="},
	{"CLUSTERDOWN", "belongs to a Cluster that is down: see its CLUSTER INFO"},
	{"MISCONF", "cannot save to its disk: see its log"},
	{"OOM", "is out of memory: give it more"},
	{"max number of clients", "has too many connections: raise its maxclients"},
	{"LOADING", "is still loading its data: start again in a moment"},
	{"MASTERDOWN", "is a replica whose primary is down: see its INFO replication"},
	{"NOREPLICAS", "has fewer replicas than its min-replicas-to-write: start them"},
	{"No such master", "knows no primary of that name: correct ?master_name= in the URL"},
	{"first record does not look like a TLS handshake", "does not speak TLS: write redis:// in place of rediss://"},
}

// explainRedis says what to mend.
func explainRedis(options *redis.UniversalOptions, err error) error {
	hosts := strings.Join(options.Addrs, ", ")
	for _, known := range redisHints {
		if strings.Contains(err.Error(), known.says) {
			return fmt.Errorf("redis: %s %s", hosts, known.mend)
		}
	}
	if reason := engine.CertError(err); reason != "" {
		return fmt.Errorf("redis: %s %s", hosts, reason)
	}
	var refusal redis.Error
	if errors.As(err, &refusal) {
		return fmt.Errorf("redis: %s refuses: %s", hosts, engine.OneLine(refusal.Error()))
	}
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return fmt.Errorf("redis: %s closes the connection: raise its maxclients if it has too many, write rediss:// if it wants TLS, or see its log", hosts)
	}
	if options.TLSConfig != nil && timedOut(err) {
		return fmt.Errorf("redis: %s gives no answer to TLS: if it does not speak it, write redis:// in place of rediss://", hosts)
	}
	return fmt.Errorf("redis: %s %s", hosts, engine.Unreachable(err))
}
