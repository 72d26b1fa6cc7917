package postgres

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	neturl "net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

var (
	server = &storetest.Shared{Need: storetest.NeedPostgres, Start: func(tb testing.TB) string { return storetest.Keep(storetest.Postgres(tb)).URL }}
	// durable has TLS too.
	durable = &storetest.Shared{Need: storetest.NeedPostgres, Start: func(tb testing.TB) string {
		c := storetest.NewCertificate(tb)
		return storetest.Keep(storetest.Postgres(tb, "fsync=on", "ssl=on", "ssl_cert_file="+c.Chain, "ssl_key_file="+c.Key)).URL
	}}
)

func TestMain(m *testing.M) { storetest.Main(m) }

// opened returns a store that is closed at the end of the test.
func opened(tb testing.TB, url string) *Store {
	tb.Helper()
	return storetest.Opened[*Store](tb)(Open(tb.Context(), url))
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

func TestContractThroughPooler(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Engine{Pair: poolerPair})
}

func TestSubscribeReconnects(t *testing.T) {
	t.Parallel()
	s, p := throughProxy(t)
	storetest.ReconnectsAfterCut(t, s, p)
}

func TestPingOverSlowNetwork(t *testing.T) {
	t.Parallel()
	s, p := throughProxy(t)
	storetest.PingsOverSlowNetwork(t, s, p)
}

func TestSweepDeletesExpiredRecords(t *testing.T) {
	t.Parallel()
	s := opened(t, server.URL(t))
	storetest.SweepDeletesExpired(t, s, s.sweep, func(keys []store.Key) (count int) {
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

// newDatabase creates an empty database on the tests' server, and a user of that name
// without rights in it.
func newDatabase(tb testing.TB) (url, name string) {
	tb.Helper()
	name = "test_" + strings.ToLower(rand.Text())
	execute(tb, server.URL(tb), "CREATE DATABASE "+name)
	address, _ := neturl.Parse(server.URL(tb))
	address.Path = name
	execute(tb, address.String(), "REVOKE ALL ON SCHEMA public FROM PUBLIC")
	execute(tb, address.String(), "CREATE USER "+name+" PASSWORD 'hunter2'")
	execute(tb, address.String(), "GRANT USAGE ON SCHEMA public TO "+name)
	return address.String(), name
}

func execute(tb testing.TB, address, statement string) {
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
	address, _ := newDatabase(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { opened(t, address) })
	}
	all.Wait()
}

// A replica whose machine failed while it started holds the lock until Postgres
// notices, hours later.
func TestOpenWhileReplicaHoldsSchemaLock(t *testing.T) {
	t.Parallel()
	address, _ := newDatabase(t)
	opened(t, address)
	holdSchemaLock(t, address)
	opened(t, address)
	empty, _ := newDatabase(t)
	holdSchemaLock(t, empty)
	wantRefused(t, empty, "gave no answer within 10s: see in its pg_stat_activity what it waits for, such as a lock or a synchronous standby")
}

func TestOpenFindsPrimaryAmongHosts(t *testing.T) {
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

func TestOpenOfMigratedDatabaseNeedsNoRightToCreateTables(t *testing.T) {
	t.Parallel()
	owner, name := newDatabase(t)
	opened(t, owner)
	execute(t, owner, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "+name)
	address, _ := neturl.Parse(owner)
	address.User = neturl.UserPassword(name, "hunter2")
	storetest.WantCreated(t, opened(t, address.String()), storetest.AnyRecord(storetest.AnyKey()), true)
}

func TestOpenErrorsNameTheFix(t *testing.T) {
	t.Parallel()
	address, _ := neturl.Parse(server.URL(t))
	newer, _ := newDatabase(t)
	execute(t, newer, "CREATE TABLE latchkey_schema AS SELECT 99 AS version")
	_, bare := newDatabase(t)
	migrated, stranger := newDatabase(t)
	opened(t, migrated)
	readOnly := durable.URL(t) + "?default_transaction_read_only=on"
	for _, c := range []struct{ name, url, want string }{
		{"wrong password", "postgres://latchkey:hunter2@" + address.Host + "/postgres", "refuses the user or password"},
		{"no such database", "postgres://latchkey:right@" + address.Host + "/none", "has no such database"},
		{"missing rights", "postgres://" + bare + ":hunter2@" + address.Host + "/" + bare, "does not allow this user to create tables"},
		{"missing rights to use the tables", "postgres://" + stranger + ":hunter2@" + address.Host + "/" + stranger, "SELECT, INSERT, UPDATE, DELETE"},
		{"no such schema", server.URL(t) + "?search_path=none", "has no schema of the search_path"},
		{"read-only", readOnly, "is a standby"},
		{"read-only, and no other host", readOnly + "&target_session_attrs=read-write", "is a standby"},
		{"certificate that is not trusted", durable.URL(t) + "?sslmode=verify-full", "certificate that is not trusted"},
		{"authority that is not trusted", durable.URL(t) + "?sslmode=verify-ca", "certificate that is not trusted"},
		{"newer schema", newer, "newer version"},
		{"no server", "postgres://latchkey:hunter2@127.0.0.1:" + storetest.FreePort(t) + "/postgres", "cannot be reached: start it"},
		{"unreadable", "postgres://latchkey:hunter2 /@:x:", "cannot be read"},
		{"no such certificate", "postgres://latchkey:hunter2@h/x?sslmode=verify-ca&sslrootcert=/none", "/none"},
	} {
		t.Run(c.name, func(t *testing.T) { wantRefused(t, c.url, c.want) })
	}
}

// By default, a server that refuses TLS is asked again without it. If that times out,
// TLS is not the cause.
func TestOpenErrorOfSilentServerIsNotAboutTLS(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				request := make([]byte, 8)
				if _, err := io.ReadFull(conn, request); err == nil && request[5] == 210 { // an SSLRequest
					conn.Write([]byte("N"))
				}
				io.Copy(io.Discard, conn)
			}()
		}
	}()
	wantRefused(t, "postgres://latchkey:hunter2@"+listener.Addr().String()+"/postgres", "cannot be reached: it does not respond")
}
