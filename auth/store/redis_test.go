package store

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store/storetest"
)

var (
	redisServer  = &server{need: storetest.NeedRedis, start: func(tb testing.TB) string { return keep(storetest.Redis(tb)).URL }}
	redisCluster = &server{need: storetest.NeedRedis, start: startRedisCluster}
)

// startRedisCluster shares the slots among three servers.
func startRedisCluster(tb testing.TB) string {
	tb.Helper()
	var hosts []string
	var first *redis.Client
	for i := range 3 {
		bus := storetest.FreePort(tb)
		_, port, _ := strings.Cut(keep(storetest.Redis(tb, "--cluster-enabled", "yes", "--cluster-port", bus)).URL, "127.0.0.1:")
		client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
		defer client.Close()
		if err := client.ClusterAddSlotsRange(tb.Context(), i*16384/3, (i+1)*16384/3-1).Err(); err != nil {
			tb.Fatal(err)
		}
		if hosts = append(hosts, "127.0.0.1:"+port); i == 0 {
			first = client
			continue
		}
		if err := first.Do(tb.Context(), "cluster", "meet", "127.0.0.1", port, bus).Err(); err != nil {
			tb.Fatal(err)
		}
	}
	eventually(tb, "the Cluster is up", func() bool { return clusterIsUp(tb.Context(), hosts) })
	return "redis://" + strings.Join(hosts, ",")
}

// clusterIsUp asks every node, for each learns of the others by itself.
func clusterIsUp(ctx context.Context, hosts []string) bool {
	for _, host := range hosts {
		client := redis.NewClient(&redis.Options{Addr: host})
		defer client.Close()
		info, _ := client.ClusterInfo(ctx).Result()
		if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:3") {
			return false
		}
	}
	return true
}

func launchSentinel(tb testing.TB, primary string) (port string) {
	tb.Helper()
	port = storetest.FreePort(tb)
	s := &storetest.Server{
		Folder: storetest.Folder(tb), Command: []string{"redis-server", "sentinel.conf", "--sentinel"},
		Signal: "KILL", Ready: func() bool { return storetest.RedisAnswers(port) },
	}
	settings := fmt.Sprintf("port %s\nbind 127.0.0.1\nlogfile sentinel.log\nsentinel monitor main 127.0.0.1 %s 1\n", port, primary)
	if err := os.WriteFile(filepath.Join(s.Folder, "sentinel.conf"), []byte(settings), 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(s.Folder, "sentinel.conf"), 0o666); err != nil { // Sentinel writes to it
		tb.Fatal(err)
	}
	keep(s).Start(tb)
	client := redis.NewSentinelClient(&redis.Options{Addr: "127.0.0.1:" + port})
	defer client.Close()
	eventually(tb, "Sentinel names the primary", func() bool {
		return client.GetMasterAddrByName(tb.Context(), "main").Err() == nil
	})
	return port
}

func redisPair(tb testing.TB) (one, other Store) {
	address := redisServer.url(tb)
	return opened(tb, address), opened(tb, address)
}

func redisClusterPair(tb testing.TB) (one, other Store) {
	address := redisCluster.url(tb)
	return opened(tb, address), opened(tb, address)
}

func redisHang(tb testing.TB) (s Store, hang, resume func()) {
	p := startProxy(tb, strings.TrimPrefix(redisServer.url(tb), "redis://"))
	return opened(tb, "redis://"+p.Addr().String()), p.hang, p.resume
}

func TestRedisKeepsNothingForEver(t *testing.T) {
	t.Parallel()
	s := opened(t, redisServer.url(t)).(*redisStore)
	r := anyRecord(anyKey())
	wantCreated(t, s, r, true)
	wantUpdated(t, s, r, r.Data, true)
	for _, name := range []string{recordName(r.Key), indexName(r.Index[0])} {
		if left, err := s.client.PTTL(t.Context(), name).Result(); err != nil || left <= 0 {
			t.Errorf("time left of %s: got %v, %v, want some", name, left, err)
		}
	}
}

// A Create that lost its race, or was killed half-way, leaves an entry that
// leads to no record, or to another one than it was written for.
func TestRedisListBelievesNoDanglingEntry(t *testing.T) {
	t.Parallel()
	s := opened(t, redisServer.url(t)).(*redisStore)
	r, index := anyRecord(), anyKey()
	for _, key := range []Key{r.Key, anyKey()} {
		h := hash{key: key, id: strings.Repeat("x", 26), index: []Key{index}}
		if err := s.enter(t.Context(), h, r.Expires); err != nil {
			t.Fatal(err)
		}
	}
	wantCreated(t, s, r, true)
	wantListed(t, s, index)
}

func TestRedisDeleteRemovesEntries(t *testing.T) {
	t.Parallel()
	s := opened(t, redisCluster.url(t)).(*redisStore)
	r := anyRecord(anyKey(), anyKey())
	wantCreated(t, s, r, true)
	wantDeleted(t, s, r.Key, r.Data)
	for _, index := range r.Index {
		if got := s.client.Exists(t.Context(), indexName(index)).Val(); got != 0 {
			t.Errorf("index keys left: got %d, want 0", got)
		}
	}
}

func TestRedisThroughSentinel(t *testing.T) {
	t.Parallel()
	primary, _ := url.Parse(redisServer.url(t))
	sentinel := launchSentinel(t, primary.Port())
	r := anyRecord(anyKey())
	wantCreated(t, opened(t, "redis://127.0.0.1:"+sentinel+"?master_name=main"), r, true)
	wantFound(t, opened(t, primary.String()), r.Key, r.Data)
}

func TestRedisSaysWhatToMend(t *testing.T) {
	t.Parallel()
	server, _ := url.Parse(redisServer.url(t))
	admin := redis.NewClient(&redis.Options{Addr: server.Host})
	defer admin.Close()
	for _, rules := range []string{"all on >right ~latchkey* &latchkey* +@all", "little on >right ~other* +@all"} {
		command := []any{"acl", "setuser"}
		for word := range strings.FieldsSeq(rules) {
			command = append(command, word)
		}
		if err := admin.Do(t.Context(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	opened(t, "redis://all:right@"+server.Host+"/3")
	node, _, _ := strings.Cut(strings.TrimPrefix(redisCluster.url(t), "redis://"), ",")
	for _, c := range []struct{ name, url, want string }{
		{"wrong password", "redis://all:hunter2@" + server.Host, "refuses the user or password"},
		{"few rights", "redis://little:right@" + server.Host, "allow it all commands"},
		{"no such database", "redis://" + server.Host + "/99", "no database of that number"},
		{"one node of a Cluster", "redis://" + node, "add ?cluster=true"},
		{"no Cluster", fmt.Sprintf("redis://%s,%s", server.Host, server.Host), "is no Cluster"},
		{"nobody there", "redis://:hunter2@127.0.0.1:" + storetest.FreePort(t), "cannot be reached: start it"},
	} {
		t.Run(c.name, func(t *testing.T) { wantRefused(t, c.url, c.want) })
	}
}
