package postgres

import (
	"context"
	"crypto/rand"
	neturl "net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"latchkey/auth/store/storetest"
)

var server = &storetest.Shared{Need: storetest.NeedPostgres, Start: func(tb testing.TB) string { return storetest.Keep(storetest.Postgres(tb)).URL }}

func TestMain(m *testing.M) { storetest.Main(m) }

// opened returns a store that is closed at the end of the test.
func opened(tb testing.TB, url string, with ...Option) *Store {
	tb.Helper()
	return storetest.Opened[*Store](tb)(Open(tb.Context(), url, with...))
}

func pair(tb testing.TB) (one, other store.Store) {
	return opened(tb, server.URL(tb)), opened(tb, server.URL(tb))
}

// throughProxy opens a store that reaches the server through a proxy.
func throughProxy(tb testing.TB) (*Store, *storetest.Proxy) {
	address, _ := neturl.Parse(server.URL(tb))
	p := storetest.StartProxy(tb, address.Host)
	address.Host = p.Addr().String()
	return opened(tb, address.String()), p
}

func hang(tb testing.TB) (s store.Store, hang, resume func()) {
	s, p := throughProxy(tb)
	return s, p.Hang, p.Resume
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Engine{Pair: pair, Hang: hang})
}

func TestContractBehindAPooler(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Engine{Pair: poolerPair})
}

func TestSubscribeConnectsAgain(t *testing.T) {
	t.Parallel()
	s, p := throughProxy(t)
	storetest.ReconnectsAfterCut(t, s, p)
}

func TestSweepDeletesExpiredRecords(t *testing.T) {
	t.Parallel()
	s := opened(t, server.URL(t), engine.WithSweepInterval(10*time.Millisecond))
	storetest.SweepDeletesExpired(t, s, func(keys []store.Key) (count int) {
		wanted := make([][]byte, len(keys))
		for i := range keys {
			wanted[i] = keys[i][:]
		}
		const query = `SELECT (SELECT count(*) FROM latchkey_records WHERE key = ANY($1))
			+ (SELECT count(*) FROM latchkey_entries WHERE key = ANY($1))`
		if err := s.pool.QueryRow(t.Context(), query, wanted).Scan(&count); err != nil {
			t.Fatal(err)
		}
		return count
	})
}

func wantRefused(tb testing.TB, url, want string) {
	tb.Helper()
	_, err := Open(tb.Context(), url)
	storetest.WantRefused(tb, err, want)
}

// aDatabase is an empty one on the tests' server, with a user of that name who
// may do nothing in it.
func aDatabase(tb testing.TB) (url, name string) {
	tb.Helper()
	name = "test_" + strings.ToLower(rand.Text())
	say(tb, server.URL(tb), "CREATE DATABASE "+name)
	address, _ := neturl.Parse(server.URL(tb))
	address.Path = name
	say(tb, address.String(), "REVOKE ALL ON SCHEMA public FROM PUBLIC")
	say(tb, address.String(), "CREATE USER "+name+" PASSWORD 'hunter2'")
	say(tb, address.String(), "GRANT USAGE ON SCHEMA public TO "+name)
	return address.String(), name
}

func say(tb testing.TB, address, statement string) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), address)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(tb.Context())
	if _, err := conn.Exec(tb.Context(), statement); err != nil {
		tb.Fatal(err)
	}
}

func TestManyReplicasMigrateOnce(t *testing.T) {
	t.Parallel()
	address, _ := aDatabase(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { opened(t, address) })
	}
	all.Wait()
}

// A replica whose machine went away while it started holds the lock until
// Postgres notices, hours later.
func TestOpenBesideAReplicaThatHangs(t *testing.T) {
	t.Parallel()
	address, _ := aDatabase(t)
	opened(t, address)
	holdSchemaLock(t, address)
	opened(t, address)
	empty, _ := aDatabase(t)
	holdSchemaLock(t, empty)
	wantRefused(t, empty, "gave no answer within 10s: see in its pg_locks")
}

func TestOpenFindsThePrimaryAmongHosts(t *testing.T) {
	t.Parallel()
	address, _ := neturl.Parse(server.URL(t))
	address.Host = "127.0.0.1:" + storetest.FreePort(t) + "," + address.Host
	address.RawQuery = "target_session_attrs=read-write"
	storetest.WantCreated(t, opened(t, address.String()), storetest.AnyRecord(), true)
}

func holdSchemaLock(tb testing.TB, address string) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close(context.Background()) })
	if _, err := conn.Exec(tb.Context(), "SELECT pg_advisory_lock($1)", schemaLock); err != nil {
		tb.Fatal(err)
	}
}

func TestOpenNeedsNoRightToCreateTables(t *testing.T) {
	t.Parallel()
	owner, name := aDatabase(t)
	opened(t, owner)
	say(t, owner, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "+name)
	address, _ := neturl.Parse(owner)
	address.User = neturl.UserPassword(name, "hunter2")
	storetest.WantCreated(t, opened(t, address.String()), storetest.AnyRecord(storetest.AnyKey()), true)
}

func TestOpenErrorsNameTheFix(t *testing.T) {
	t.Parallel()
	address, _ := neturl.Parse(server.URL(t))
	newer, _ := aDatabase(t)
	say(t, newer, "CREATE TABLE latchkey_schema AS SELECT 99 AS version")
	_, bare := aDatabase(t)
	for _, c := range []struct{ name, url, want string }{
		{"wrong password", "postgres://latchkey:hunter2@" + address.Host + "/postgres", "refuses the user or password"},
		{"no such database", "postgres://latchkey:right@" + address.Host + "/none", "has no such database"},
		{"missing rights", "postgres://" + bare + ":hunter2@" + address.Host + "/" + bare, "does not let this user make tables"},
		{"newer schema", newer, "newer version"},
		{"no server", "postgres://latchkey:hunter2@127.0.0.1:" + storetest.FreePort(t) + "/postgres", "cannot be reached: start it"},
		{"unreadable", "postgres://latchkey:hunter2 /@:x:", "cannot be read"},
		{"no such certificate", "postgres://latchkey:hunter2@h/x?sslmode=verify-ca&sslrootcert=/none", "/none"},
	} {
		t.Run(c.name, func(t *testing.T) { wantRefused(t, c.url, c.want) })
	}
}
