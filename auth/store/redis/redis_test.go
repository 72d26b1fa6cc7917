package redis

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

var (
	server  = &storetest.Shared{Need: storetest.NeedRedis, Start: func(tb testing.TB) string { return storetest.Keep(storetest.Redis(tb)).URL }}
	cluster = &storetest.Shared{Need: storetest.NeedRedis, Start: func(tb testing.TB) string {
		g := storetest.RedisCluster(tb, 0)
		for _, s := range g.Servers {
			storetest.Keep(s)
		}
		return g.URL
	}}
)

func TestMain(m *testing.M) { storetest.Main(m) }

// opened returns a store that is closed at the end of the test.
func opened(tb testing.TB, url string) *Store {
	tb.Helper()
	return storetest.Opened[*Store](tb)(Open(tb.Context(), url))
}

// pairOn opens two stores on a server.
func pairOn(server *storetest.Shared) func(testing.TB) (one, other store.Store) {
	return func(tb testing.TB) (one, other store.Store) {
		return opened(tb, server.URL(tb)), opened(tb, server.URL(tb))
	}
}

// throughProxy opens a store that reaches the server through a proxy.
func throughProxy(tb testing.TB) (*Store, *storetest.Proxy) {
	p := storetest.StartProxy(tb, strings.TrimPrefix(server.URL(tb), "redis://"))
	return opened(tb, "redis://"+p.Addr().String()), p
}

func hang(tb testing.TB) (s store.Store, hang, resume func()) {
	s, p := throughProxy(tb)
	return s, p.Hang, p.Resume
}

func TestContract(t *testing.T) {
	t.Parallel()
	t.Run("one server", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, storetest.Engine{Pair: pairOn(server), Hang: hang})
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, storetest.Engine{Pair: pairOn(cluster)})
	})
}

func TestSubscribeLosesNothingWhenItsConnectionIsCut(t *testing.T) {
	t.Parallel()
	s, p := throughProxy(t)
	other := opened(t, server.URL(t))
	connected, received := storetest.Subscribed(t, s)
	<-connected
	p.Cut()
	message := rand.Text()
	if err := other.Publish(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	storetest.WantReceived(t, received, message)
}

func TestPingOverSlowNetwork(t *testing.T) {
	t.Parallel()
	s, p := throughProxy(t)
	storetest.PingsOverSlowNetwork(t, s, p)
}

func wantRefused(tb testing.TB, url, want string) {
	tb.Helper()
	_, err := Open(tb.Context(), url)
	storetest.WantRefused(tb, err, want)
}

func TestEveryKeyExpires(t *testing.T) {
	t.Parallel()
	s := opened(t, server.URL(t))
	r := storetest.AnyRecord(storetest.AnyKey())
	storetest.WantCreated(t, s, r, true)
	storetest.WantUpdated(t, s, r, r.Data, true)
	expired := storetest.AnyRecord(storetest.AnyKey())
	expired.Expires = time.Now().Add(-time.Hour)
	storetest.WantCreated(t, s, expired, true)
	for _, name := range []string{recordName(r.Key), indexName(r.Index[0]), recordName(expired.Key), indexName(expired.Index[0])} {
		if left, err := s.client.PTTL(t.Context(), name).Result(); err != nil || left == -1 {
			t.Errorf("time left of %s: got %v, %v, want some, or no such key", name, left, err)
		}
	}
}

// A Create that lost its race, or was killed, leaves an entry that leads to no record
// or to the record of another Create.
func TestListIgnoresDanglingEntries(t *testing.T) {
	t.Parallel()
	s := opened(t, server.URL(t))
	r, index := storetest.AnyRecord(), storetest.AnyKey()
	for _, key := range []store.Key{r.Key, storetest.AnyKey()} {
		entry := record{key: key, id: strings.Repeat("x", 26), index: index[:]}
		if err := s.addEntries(t.Context(), entry, r.Expires); err != nil {
			t.Fatal(err)
		}
	}
	storetest.WantCreated(t, s, r, true)
	storetest.WantListed(t, s, index)
}

func TestDeleteRemovesEntries(t *testing.T) {
	t.Parallel()
	s := opened(t, cluster.URL(t))
	r := storetest.AnyRecord(storetest.AnyKey(), storetest.AnyKey())
	storetest.WantCreated(t, s, r, true)
	storetest.WantDeleted(t, s, r.Key, r.Data)
	for _, index := range r.Index {
		if got := s.client.Exists(t.Context(), indexName(index)).Val(); got != 0 {
			t.Errorf("index keys left: got %d, want 0", got)
		}
	}
}

func TestOpenThroughSentinel(t *testing.T) {
	t.Parallel()
	primary := &storetest.Server{URL: server.URL(t)}
	sentinel := storetest.Keep(storetest.Sentinel(t, primary))
	wantRefused(t, sentinel.URL, "for Sentinels add ?master_name=")
	wantRefused(t, sentinel.URL+"?cluster=true", "for Sentinels add ?master_name=")
	wantRefused(t, sentinel.URL+"?master_name=other", "no primary of that name")
	r := storetest.AnyRecord(storetest.AnyKey())
	storetest.WantCreated(t, opened(t, sentinel.URL+"?master_name=main"), r, true)
	storetest.WantFound(t, opened(t, primary.URL), r.Key, r.Data)
}

func TestOpenErrorsNameTheFix(t *testing.T) {
	t.Parallel()
	address, _ := url.Parse(server.URL(t))
	admin := redis.NewClient(&redis.Options{Addr: address.Host})
	defer admin.Close()
	for _, rules := range []string{"all on >right ~latchkey* +@all", "little on >right ~other* +@all"} {
		command := []any{"acl", "setuser"}
		for word := range strings.FieldsSeq(rules) {
			command = append(command, word)
		}
		if err := admin.Do(t.Context(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	opened(t, "redis://all:right@"+address.Host+"/3")
	noChannel := "redis://all:right@" + address.Host // Redis 7 gives a new user no channel
	storetest.MessageReachesEverySubscriber(t, opened(t, noChannel), opened(t, server.URL(t)))
	node, _, _ := strings.Cut(strings.TrimPrefix(cluster.URL(t), "redis://"), ",")
	for _, c := range []struct{ name, url, want string }{
		{"wrong password", "redis://all:hunter2@" + address.Host, "refuses the user or password"},
		{"missing rights", "redis://little:right@" + address.Host, "add +@all ~"},
		{"no such database", "redis://" + address.Host + "/99", "DB index is out of range"},
		{"one node of a Cluster", "redis://" + node, "add ?cluster=true"},
		{"no Cluster", fmt.Sprintf("redis://%s,%s", address.Host, address.Host), "is not a Cluster"},
		{"no server", "redis://:hunter2@127.0.0.1:" + storetest.FreePort(t), "cannot be reached: start it"},
	} {
		t.Run(c.name, func(t *testing.T) { wantRefused(t, c.url, c.want) })
	}
}
