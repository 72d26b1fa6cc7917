package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
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
	address := transactionPooler.URL(tb)
	return opened(tb, address, WithLog(slog.New(slog.DiscardHandler))), opened(tb, address)
}

// Through each kind of pooler messages arrive, and the log says if they are polled.
func TestPoolerIsDetected(t *testing.T) {
	t.Parallel()
	direct := server.URL(t)
	opened(t, direct) // creates the tables, which is not possible in statement mode
	for _, c := range []struct {
		name          string
		url, listen   string
		pooled, polls bool
		warning       string
	}{
		{"no pooler", direct, "", false, false, ""},
		{"session mode", sessionPooler.URL(t), "", true, false, ""},
		{"transaction mode", transactionPooler.URL(t), "", true, true, "set SESSION_STORE_LISTEN"},
		{"statement mode", statementPooler.URL(t), "", true, true, "set SESSION_STORE_LISTEN"},
		{"transaction mode that ignores settings", lenientPooler.URL(t), "", true, true, "set SESSION_STORE_LISTEN"},
		{"transaction mode and a direct URL to listen on", transactionPooler.URL(t), direct, true, false, ""},
		{"a direct URL with parameters of the pool", transactionPooler.URL(t), direct + "?pool_max_conns=3", true, false, ""},
		{"the usual workaround", transactionPooler.URL(t) + "?default_query_exec_mode=simple_protocol", "", true, true, "set SESSION_STORE_LISTEN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			with := []Option{WithLog(slog.New(slog.NewTextHandler(&log, nil))), WithListenURL(c.listen)}
			one, other := opened(t, c.url, with...), opened(t, c.url, with...)
			if s := one; s.pooled != c.pooled || s.polls != c.polls {
				t.Errorf("got pooled %t, polls %t; want %t, %t", s.pooled, s.polls, c.pooled, c.polls)
			}
			if !strings.Contains(log.String(), c.warning) || (c.warning == "" && log.Len() > 0) {
				t.Errorf("got the log %q, want %q in it", &log, c.warning)
			}
			storetest.MessageReachesEverySubscriber(t, one, other)
		})
	}
}

func TestOpenRefusesUselessListenURL(t *testing.T) {
	t.Parallel()
	other, _ := newDatabase(t)
	for name, c := range map[string]struct{ url, want string }{
		"another database": {other, "is another database"},
		"a pooler":         {transactionPooler.URL(t), "or a connection pooler"},
		"no server":        {"postgres://latchkey:hunter2@127.0.0.1:" + storetest.FreePort(t) + "/postgres", "cannot be reached"},
		"unreadable":       {"postgres://latchkey:hunter2 /@:x:", "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(t.Context(), transactionPooler.URL(t), WithListenURL(c.url))
			if err == nil {
				s.Close()
				t.Fatal("got a store, want an error")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "SESSION_STORE_LISTEN") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got error %q, want one that contains SESSION_STORE_LISTEN and %q", err, c.want)
			}
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
		s := opened(t, address, WithLog(slog.New(slog.DiscardHandler)))
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
			quiet := WithLog(slog.New(slog.DiscardHandler))
			one, other := opened(t, url, quiet), opened(t, url, quiet)
			storetest.Races(t, one, other)
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
	ctx, cancel := context.WithTimeout(t.Context(), 3*pollInterval)
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

// A pooler that refuses a connection is running, so the error does not suggest
// starting it.
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
		{"no such user", "postgres://mallory:hunter2@" + through.Host + "/postgres", "refuses the user or password"},
		{"no such database", "postgres://latchkey:right@" + through.Host + "/" + strings.ToLower(rand.Text()), "has no such database"},
		{"too many connections", full.URL, "without a connection left"},
		{"no tables in statement mode", statements.String(), "start once with a URL that leads to Postgres itself"},
		{"no server", lost.URL, "is a connection pooler that"},
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
