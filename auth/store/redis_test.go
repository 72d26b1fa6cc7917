package store

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store/storetest"
)

var (
	redisServer  = &server{need: storetest.NeedRedis, start: func(tb testing.TB) string { return keep(storetest.Redis(tb)).URL }}
	redisCluster = &server{need: storetest.NeedRedis, start: func(tb testing.TB) string {
		g := storetest.RedisCluster(tb, 0)
		for _, s := range g.Servers {
			keep(s)
		}
		return g.URL
	}}
)

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
		h := redisRecord{key: key, id: strings.Repeat("x", 26), index: []Key{index}}
		if err := s.addEntries(t.Context(), h, r.Expires); err != nil {
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
	primary := &storetest.Server{URL: redisServer.url(t)}
	sentinel := keep(storetest.Sentinel(t, primary))
	r := anyRecord(anyKey())
	wantCreated(t, opened(t, sentinel.URL+"?master_name=main"), r, true)
	wantFound(t, opened(t, primary.URL), r.Key, r.Data)
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
