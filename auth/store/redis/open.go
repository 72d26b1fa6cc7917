package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
)

// The client would print errors to the standard error, besides returning them.
func init() { logging.Disable() }

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
func Open(ctx context.Context, rawURL string) (*Store, error) {
	options, err := parseURL(rawURL)
	if err != nil {
		return nil, engine.URLError{Err: err}
	}
	pings := *options
	pings.PoolSize, pings.MaxRetries = engine.PingConnections, -1
	s := &Store{client: newClient(options), pings: newClient(&pings)}
	ctx, cancel := context.WithTimeout(ctx, engine.StartTimeout)
	defer cancel()
	probe := store.Record{Index: make([]store.Key, 1), Expires: time.Now()} // already expired: shows that the server can be written to
	if _, err := s.Create(ctx, probe); err != nil {
		_ = s.Close()
		return nil, explain(options, err)
	}
	return s, nil
}

// newClient makes a client that asks a Cluster every second which server has which
// slots. By default it would go on for a minute to ask a server that has failed.
func newClient(options *redis.UniversalOptions) redis.UniversalClient {
	if !options.IsClusterMode {
		return redis.NewUniversalClient(options)
	}
	cluster := options.Cluster()
	cluster.ClusterStateReloadInterval = time.Second
	return redis.NewClusterClient(cluster)
}

var errURL = errors.New("redis: the URL cannot be read: " +
	"write redis://user:password@host:6379/0, with special characters in the password as %XX")

// parseURL reads the URL forms that Open documents. The client reads URLs of one host
// only. With these timeouts, a command ends even if its context does not.
func parseURL(rawURL string) (*redis.UniversalOptions, error) {
	options := &redis.UniversalOptions{
		DialTimeout: time.Second, ReadTimeout: 2 * time.Second, WriteTimeout: 2 * time.Second,
		DialerRetries: 1, MaxRetries: 1, MaxRedirects: 3,
		ContextTimeoutEnabled:    true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	address, query, _ := strings.Cut(rawURL, "?")
	scheme, address, _ := strings.Cut(address, "://")
	hosts, database, _ := strings.Cut(address, "/")
	user := hosts[:strings.LastIndex(hosts, "@")+1]
	for host := range strings.SplitSeq(hosts[len(user):], ",") {
		one, err := redis.ParseURL(scheme + "://" + user + host + "/" + database)
		if err != nil || strings.HasPrefix(host+":", ":") || strings.Contains(rawURL, "#") {
			return nil, errURL // without the client's error, which may quote the password
		}
		options.Addrs = append(options.Addrs, one.Addr)
		options.Username, options.Password, options.DB = one.Username, one.Password, one.DB
		if one.TLSConfig != nil {
			options.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12} // for every host
		}
	}
	return options, addParameters(options, query)
}

var parameters = []string{"cluster", "master_name", "sentinel_username", "sentinel_password"}

func addParameters(options *redis.UniversalOptions, rawQuery string) error {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return errURL
	}
	for name := range query {
		if !slices.Contains(parameters, name) { // not shown, because it may be part of a password
			return errors.New("redis: the URL has a parameter that does not exist: there are " + strings.Join(parameters, ", ") +
				"; write special characters in the password as %XX")
		}
	}
	options.MasterName = query.Get("master_name")
	options.SentinelUsername = query.Get("sentinel_username")
	options.SentinelPassword = query.Get("sentinel_password")
	options.IsClusterMode = query.Get("cluster") == "true" || len(options.Addrs) > 1 && options.MasterName == ""
	return nil
}

// hints are for what Redis's errors contain.
var hints = []engine.Hint{
	{Says: "WRONGPASS", Fix: "refuses the user or password: correct them in the URL"},
	{Says: "NOAUTH", Fix: "requires a password: write redis://:password@host"},
	{Says: "NOPERM", Fix: "does not give this user all rights that are needed: add +@all ~" + engine.Prefix + "* to its ACL"},
	{Says: "READONLY", Fix: "is a replica: name the primary, or its Sentinels with ?master_name="},
	{Says: "MOVED", Fix: "belongs to a Cluster: add ?cluster=true"},
	{Says: "cluster support disabled", Fix: "is not a Cluster: name one host, or Sentinels with ?master_name="},
	{Says: "max number of clients", Fix: "has too many connections: raise its maxclients"},
	{Says: redis.Nil.Error(), Fix: "has no primary of that name: correct ?master_name= in the URL"},
	{Says: "unknown command", Fix: "lacks a command that is needed: for Sentinels add ?master_name=NAME, for Redis allow its commands"},
	{Says: "syntax error", Fix: "is too old: upgrade to Redis 6.2 or later, or to Valkey"},
	{Says: "certificate required", Fix: "requires a client certificate, which this program does not have: set its tls-auth-clients to no"},
	{Says: "first record does not look like a TLS handshake", Fix: "does not support TLS: write redis:// instead of rediss://"},
}

// explain returns an error that names the fix.
func explain(options *redis.UniversalOptions, err error) error {
	where := strings.Join(options.Addrs, ", ")
	if options.MasterName != "" && !errors.Is(err, redis.Nil) && !strings.Contains(err.Error(), "all sentinels") {
		where = "the primary that " + where + " names"
	}
	var refusal redis.Error
	reason := engine.Fix(hints, err.Error())
	switch {
	case reason != "":
	case errors.As(err, &refusal):
		reason = fmt.Sprintf("refuses: %.200q", refusal.Error())
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		reason = "closes the connection: raise its maxclients if it has too many, write rediss:// if it requires TLS, or see its log"
	case options.TLSConfig != nil && engine.TimedOut(err):
		reason = "does not answer a TLS handshake: if it does not support TLS, write redis:// instead of rediss://"
	default:
		reason = engine.Unreachable(err)
	}
	return fmt.Errorf("redis: %s %s", where, reason)
}
