package postgres

import (
	"context"
	"crypto/rand"
	neturl "net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

// These poolers lead to the Postgres server of the tests.
var (
	transactionPooler = pooler("transaction")
	sessionPooler     = pooler("session")
	statementPooler   = pooler("statement")
	lenientPooler     = pooler("transaction", "ignore_startup_parameters = default_transaction_isolation")
)

func pooler(mode string, more ...string) *storetest.Shared {
	return &storetest.Shared{Need: storetest.NeedPgBouncer, Start: func(tb testing.TB) string {
		return storetest.Keep(storetest.PgBouncer(tb, &storetest.Server{URL: server.URL(tb)}, mode, more...)).URL
	}}
}

func poolerPair(tb testing.TB) (one, other store.Store) {
	return opened(tb, transactionPooler.URL(tb)), opened(tb, transactionPooler.URL(tb))
}

// Through each kind of pooler messages arrive, also those that are published directly.
func TestPoolerIsDetected(t *testing.T) {
	t.Parallel()
	direct := opened(t, server.URL(t)) // creates the tables, which is not possible in statement mode
	for name, url := range map[string]string{
		"session mode":                           sessionPooler.URL(t),
		"transaction mode":                       transactionPooler.URL(t),
		"statement mode":                         statementPooler.URL(t),
		"transaction mode that ignores settings": lenientPooler.URL(t),
		"the usual workaround":                   transactionPooler.URL(t) + "?default_query_exec_mode=simple_protocol",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(t, url)
			if direct.polls || !s.polls {
				t.Errorf("got polls %t directly, %t through the pooler; want it through the pooler only", direct.polls, s.polls)
			}
			storetest.MessageReachesEverySubscriber(t, s, direct)
		})
	}
}

// Replicas that start one after another and under load would find the prepared
// statements of other connections.
func TestReplicasUnderLoadThroughPooler(t *testing.T) {
	t.Parallel()
	address := transactionPooler.URL(t)
	var all sync.WaitGroup
	for range 4 {
		s := opened(t, address)
		for range 16 {
			all.Go(func() {
				for range 5 {
					r := store.Record{Key: storetest.AnyKey(), Data: []byte("data"), Index: []store.Key{storetest.AnyKey(), storetest.AnyKey()}, Expires: time.Now().Add(time.Hour)}
					storetest.WantCreated(t, s, r, true)
					if listed, err := s.List(t.Context(), r.Index[1]); len(listed) != 1 || err != nil {
						t.Errorf("List: got %d records and error %v, want one", len(listed), err)
					}
					storetest.WantUpdated(t, s, store.Record{Key: r.Key, Data: []byte("x"), Expires: r.Expires}, r.Data, true)
					storetest.WantDeleted(t, s, r.Key, []byte("x"))
				}
			})
		}
	}
	all.Wait()
}

// Where transactions are serializable by default, the losers of a race fail in
// Postgres. In the store they lose without an error.
func TestRacesUnderSerializableIsolation(t *testing.T) {
	t.Parallel()
	address, name := newDatabase(t)
	execute(t, address, "ALTER DATABASE "+name+" SET default_transaction_isolation = 'serializable'")
	through, _ := neturl.Parse(transactionPooler.URL(t))
	through.Path = name
	for path, url := range map[string]string{"directly": address, "through a pooler": through.String()} {
		t.Run(path, func(t *testing.T) {
			storetest.Races(t, opened(t, url), opened(t, url))
		})
	}
}

// A poll returns messages that were published on another connection once, within
// about a second.
func TestPollingReceivesEachMessageOnce(t *testing.T) {
	t.Parallel()
	one, other := poolerPair(t)
	connected, received := storetest.Subscribed(t, one)
	<-connected
	for _, message := range []string{"first", "second", "third"} {
		if err := other.Publish(t.Context(), message+" of polling"); err != nil {
			t.Fatal(err)
		}
	}
	storetest.WantReceived(t, received, "third of polling")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // several polls
	defer cancel()
	for {
		select {
		case again := <-received:
			if strings.HasSuffix(again, "of polling") {
				t.Errorf("got %q after the last, want each message once and in order", again)
			}
		case <-ctx.Done():
			return
		}
	}
}

// A pooler that refuses a connection is running, so the error has what it says, and does
// not suggest starting it.
func TestOpenErrorsNameFixForPooler(t *testing.T) {
	t.Parallel()
	through, _ := neturl.Parse(transactionPooler.URL(t))
	_, empty := newDatabase(t)
	statements, _ := neturl.Parse(statementPooler.URL(t))
	statements.Path = empty
	full := storetest.Keep(storetest.PgBouncer(t, &storetest.Server{URL: server.URL(t)}, "transaction", "max_client_conn = 0"))
	lost := storetest.Keep(storetest.PgBouncer(t, &storetest.Server{URL: "postgres://latchkey:right@127.0.0.1:" + storetest.FreePort(t) + "/postgres"},
		"transaction", "server_login_retry = 0.1", "server_connect_timeout = 1", "query_wait_timeout = 1"))
	for _, c := range []struct{ name, url, want string }{
		{"wrong password", "postgres://latchkey:hunter2@" + through.Host + "/postgres", "refuses the user or password"},
		{"no such user", "postgres://mallory:hunter2@" + through.Host + "/postgres", "refuses"},
		{"no such database", "postgres://latchkey:right@" + through.Host + "/" + strings.ToLower(rand.Text()), "refuses"},
		{"too many connections", full.URL, "no more connections allowed"},
		{"no tables in statement mode", statements.String(), "start once with a URL that leads to Postgres itself"},
		{"no server", lost.URL, "refuses: "},
		{"no TLS", through.String() + "?sslmode=require", "does not support TLS"},
		{"no TLS at the server", server.URL(t) + "?sslmode=require", "does not support TLS"},
		{"no such host", "postgres://latchkey:hunter2@nowhere.invalid/postgres", "no host of that name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, c.url, c.want)
		})
	}
}
