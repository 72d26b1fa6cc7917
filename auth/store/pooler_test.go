package store

import (
	"bytes"
	"context"
	"log/slog"
	neturl "net/url"
	"strings"
	"sync"
	"testing"

	"latchkey/auth/store/storetest"
)

// poolers are in front of the tests' one PostgreSQL server.
var (
	transactionPooler = pooler("transaction")
	sessionPooler     = pooler("session")
	lenientPooler     = pooler("transaction", "ignore_startup_parameters = default_transaction_isolation")
)

func pooler(mode string, more ...string) *server {
	return &server{need: storetest.NeedPgBouncer, start: func(tb testing.TB) string {
		return keep(storetest.PgBouncer(tb, &storetest.Server{URL: postgresURL(tb)}, mode, more...)).URL
	}}
}

func poolerPair(tb testing.TB) (one, other Store) {
	address := transactionPooler.url(tb)
	return openedWith(tb, address, WithLog(slog.New(slog.DiscardHandler))), opened(tb, address)
}

func openedWith(tb testing.TB, url string, more ...Option) Store {
	tb.Helper()
	s, err := Open(tb.Context(), url, more...)
	if err != nil {
		tb.Fatalf("Open: got error %v, want a store", err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// What a replica hears, and what its operator reads, through each kind of
// pooler: nothing is ever silently dead.
func TestPoolerIsDetected(t *testing.T) {
	t.Parallel()
	direct := postgresURL(t)
	for _, c := range []struct {
		name          string
		url, listen   string
		pooled, polls bool
		says          string
	}{
		{"no pooler", direct, "", false, false, ""},
		{"session mode", sessionPooler.url(t), "", true, false, ""},
		{"transaction mode", transactionPooler.url(t), "", true, true, "set SESSION_STORE_LISTEN"},
		{"transaction mode that ignores settings", lenientPooler.url(t), "", true, true, "set SESSION_STORE_LISTEN"},
		{"transaction mode and a direct URL to listen on", transactionPooler.url(t), direct, true, false, ""},
		{"the usual workaround", transactionPooler.url(t) + "?default_query_exec_mode=simple_protocol", "", true, true, "set SESSION_STORE_LISTEN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			with := []Option{WithLog(slog.New(slog.NewTextHandler(&log, nil))), WithListenURL(c.listen)}
			one, other := openedWith(t, c.url, with...), openedWith(t, c.url, with...)
			if s := one.(*postgresStore); s.pooled != c.pooled || s.polls != c.polls {
				t.Errorf("got pooled %t, polls %t; want %t, %t", s.pooled, s.polls, c.pooled, c.polls)
			}
			if !strings.Contains(log.String(), c.says) || (c.says == "" && log.Len() > 0) {
				t.Errorf("got the log %q, want it to say %q", &log, c.says)
			}
			aMessageReachesEverySubscriber(t, one, other)
		})
	}
}

func TestListenURLThatIsOfNoUse(t *testing.T) {
	t.Parallel()
	other, _ := aDatabase(t)
	for name, c := range map[string]struct{ url, want string }{
		"another database": {other, "is another database"},
		"a pooler":         {transactionPooler.url(t), "or a connection pooler"},
		"nobody there":     {"postgres://latchkey:hunter2@127.0.0.1:" + storetest.FreePort(t) + "/postgres", "cannot be reached"},
		"unreadable":       {"postgres://latchkey:hunter2 /@:x:", "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(t.Context(), transactionPooler.url(t), WithListenURL(c.url))
			if err == nil {
				s.Close()
				t.Fatal("got a store, want an error")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "SESSION_STORE_LISTEN") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got error %q, want one that names SESSION_STORE_LISTEN and says %q", err, c.want)
			}
		})
	}
}

// Many starts, one after another and under load: prepared statements of one
// connection would meet those of another.
func TestPoolerStandsManyReplicasUnderLoad(t *testing.T) {
	t.Parallel()
	address := transactionPooler.url(t)
	var all sync.WaitGroup
	for range 4 {
		s := openedWith(t, address, WithLog(slog.New(slog.DiscardHandler)))
		for range 16 {
			all.Go(func() {
				for range 5 {
					r := Record{Key: anyKey(), Data: []byte("data"), Index: []Key{anyKey(), anyKey()}, Expires: far()}
					wantCreated(t, s, r, true)
					if listed, err := s.List(t.Context(), r.Index[1]); len(listed) != 1 || err != nil {
						t.Errorf("List: got %d records and error %v, want the one", len(listed), err)
					}
					wantUpdated(t, s, Record{Key: r.Key, Data: []byte("x"), Expires: r.Expires}, r.Data, true)
					wantDeleted(t, s, r.Key, []byte("x"))
				}
			})
		}
	}
	all.Wait()
}

// A server, or a database, that is serializable by default has losers of a race
// fail: to us, they have lost, and nothing is out of order.
func TestPostgresThatIsSerializableByDefault(t *testing.T) {
	t.Parallel()
	address, name := aDatabase(t)
	say(t, address, "ALTER DATABASE "+name+" SET default_transaction_isolation = 'serializable'")
	through, _ := neturl.Parse(transactionPooler.url(t))
	through.Path = name
	for way, url := range map[string]string{"directly": address, "through a pooler": through.String()} {
		t.Run(way, func(t *testing.T) {
			quiet := WithLog(slog.New(slog.DiscardHandler))
			one, other := openedWith(t, url, quiet), openedWith(t, url, quiet)
			for name, holds := range map[string]func(*testing.T, Store, Store){
				"create": oneOfFiftyCreatorsWins, "create again": oneOfFiftyRecreatorsWins,
				"update": noneOfFiftyUpdatesIsLost, "delete": oneOfFiftyDeletersGetsTheData,
			} {
				t.Run(name, func(t *testing.T) { holds(t, one, other) })
			}
		})
	}
}

// What polls hears what is published on another connection, within a second or
// so, and once.
func TestPollingHearsEachMessageOnce(t *testing.T) {
	t.Parallel()
	one, other := poolerPair(t)
	connected, heard := subscribed(t, one)
	<-connected
	for _, message := range []string{"first", "second", "third"} {
		if err := other.Publish(t.Context(), message+" of polling"); err != nil {
			t.Fatal(err)
		}
	}
	wantHeard(t, heard, "third of polling")
	ctx, cancel := context.WithTimeout(t.Context(), 3*postgresPoll)
	defer cancel()
	for {
		select {
		case again := <-heard:
			if strings.HasSuffix(again, "of polling") {
				t.Errorf("got %q after the last, want each message once and in order", again)
			}
		case <-ctx.Done():
			return
		}
	}
}
