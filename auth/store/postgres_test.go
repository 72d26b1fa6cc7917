package store

import (
	"context"
	"crypto/rand"
	neturl "net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"latchkey/auth/store/storetest"
)

var postgresServer = &server{need: storetest.NeedPostgres, start: func(tb testing.TB) string { return keep(storetest.Postgres(tb)).URL }}

func postgresURL(tb testing.TB) string { return postgresServer.url(tb) }

func postgresPair(tb testing.TB) (one, other Store) {
	address := postgresURL(tb)
	return opened(tb, address), opened(tb, address)
}

func postgresHang(tb testing.TB) (s Store, hang, resume func()) {
	address, _ := neturl.Parse(postgresURL(tb))
	p := startProxy(tb, address.Host)
	address.Host = p.Addr().String()
	return opened(tb, address.String()), p.hang, p.resume
}

func postgresCount(tb testing.TB, s Store, keys []Key) (count int) {
	wanted := make([][]byte, len(keys))
	for i := range keys {
		wanted[i] = keys[i][:]
	}
	const query = `SELECT (SELECT count(*) FROM latchkey_records WHERE key = ANY($1))
		+ (SELECT count(*) FROM latchkey_entries WHERE key = ANY($1))`
	if err := s.(*postgresStore).pool.QueryRow(tb.Context(), query, wanted).Scan(&count); err != nil {
		tb.Fatal(err)
	}
	return count
}

// aDatabase is an empty one on the tests' server, with a user of that name who
// may do nothing in it.
func aDatabase(tb testing.TB) (url, name string) {
	tb.Helper()
	name = "test_" + strings.ToLower(rand.Text())
	say(tb, postgresURL(tb), "CREATE DATABASE "+name)
	address, _ := neturl.Parse(postgresURL(tb))
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

func TestPostgresMakesTablesOnceForManyReplicas(t *testing.T) {
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
func TestPostgresStartsBesideOneThatHangs(t *testing.T) {
	t.Parallel()
	address, _ := aDatabase(t)
	opened(t, address)
	holdSchemaLock(t, address)
	opened(t, address)
	empty, _ := aDatabase(t)
	holdSchemaLock(t, empty)
	wantRefused(t, empty, "gave no answer within 10s: see in its pg_locks")
}

func TestPostgresFindsThePrimaryAmongHosts(t *testing.T) {
	t.Parallel()
	address, _ := neturl.Parse(postgresURL(t))
	address.Host = "127.0.0.1:" + storetest.FreePort(t) + "," + address.Host
	address.RawQuery = "target_session_attrs=read-write"
	wantCreated(t, opened(t, address.String()), anyRecord(), true)
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

func TestPostgresAsksForNoNeedlessRight(t *testing.T) {
	t.Parallel()
	owner, name := aDatabase(t)
	opened(t, owner)
	say(t, owner, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "+name)
	address, _ := neturl.Parse(owner)
	address.User = neturl.UserPassword(name, "hunter2")
	wantCreated(t, opened(t, address.String()), anyRecord(anyKey()), true)
}

func TestPostgresSaysWhatToMend(t *testing.T) {
	t.Parallel()
	server, _ := neturl.Parse(postgresURL(t))
	newer, _ := aDatabase(t)
	say(t, newer, "CREATE TABLE latchkey_schema AS SELECT 99 AS version")
	_, bare := aDatabase(t)
	for _, c := range []struct{ name, url, want string }{
		{"wrong password", "postgres://latchkey:hunter2@" + server.Host + "/postgres", "refuses the user or password"},
		{"no such database", "postgres://latchkey:right@" + server.Host + "/none", "has no such database"},
		{"few rights", "postgres://" + bare + ":hunter2@" + server.Host + "/" + bare, "does not let this user make tables"},
		{"newer schema", newer, "newer version"},
		{"nobody there", "postgres://latchkey:hunter2@127.0.0.1:" + storetest.FreePort(t) + "/postgres", "cannot be reached: start it"},
		{"unreadable", "postgres://latchkey:hunter2 /@:x:", "cannot be read"},
		{"no such certificate", "postgres://latchkey:hunter2@h/x?sslmode=verify-ca&sslrootcert=/none", "/none"},
	} {
		t.Run(c.name, func(t *testing.T) { wantRefused(t, c.url, c.want) })
	}
}
