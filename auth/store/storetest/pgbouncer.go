package storetest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// NeedPgBouncer skips the test if PgBouncer is not installed.
func NeedPgBouncer(tb testing.TB) { tb.Helper(); Need(tb, "pgbouncer", "pgbouncer") }

// PgBouncer starts a connection pooler in front of a Postgres server. The last
// arguments are more lines of its configuration.
func PgBouncer(tb testing.TB, server *Server, mode string, more ...string) *Server {
	tb.Helper()
	NeedPgBouncer(tb)
	address, err := url.Parse(server.URL)
	if err != nil {
		tb.Fatal(err)
	}
	folder, port := Folder(tb), FreePort(tb)
	password, _ := address.User.Password()
	configuration := fmt.Sprintf("[databases]\n* = host=127.0.0.1 port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %s\n"+
		"unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = users.txt\npool_mode = %s\nmax_client_conn = 500\ndefault_pool_size = 10\n",
		address.Port(), port, mode)
	for _, line := range more {
		configuration += line + "\n"
	}
	for name, content := range map[string]string{
		"pgbouncer.ini": configuration,
		"users.txt":     fmt.Sprintf("%q %q\n", address.User.Username(), password),
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			tb.Fatal(err)
		}
		own(tb, path)
	}
	address.Host = "127.0.0.1:" + port
	s := &Server{URL: address.String(), Folder: folder, Command: []string{"pgbouncer", "-q", "pgbouncer.ini"}, Signal: "KILL", Ready: func() bool {
		conn, err := net.Dial("tcp", address.Host)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}}
	s.Start(tb)
	return s
}
