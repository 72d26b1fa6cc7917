package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenSaysWhatToMend(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, url, want string }{
		{"empty", "", "this is not the URL of a store"},
		{"no scheme", "hunter2", "write memory:, sqlite:PATH"},
		{"unknown scheme", "mysql://root:hunter2@db/x", `no store named "mysql://"`},
		{"memory with a path", "memory:x", "not the URL of a store"},
		{"no file", "sqlite:", "write sqlite:PATH"},
		{"in memory", "sqlite::memory:", "or memory:"},
		{"no such folder", "sqlite:" + folder + "/none/x.db", "does not exist: create it"},
		{"a folder", "sqlite:" + folder, "is a folder: name a file in it"},
		{"a file for a folder", "sqlite:" + text + "/x.db", "is not a folder"},
		{"Redis without a host", "redis://:hunter2@/0", "with special characters in the password as %XX"},
		{"Redis, a raw password", "redis://:hunter2/@host", "redis: "},
		{"Redis, a named database", "redis://:hunter2@host/sessions", "write the database as in redis://host/0"},
		{"Redis, an unknown parameter", "redis://:hunter2@host?skip_verify=true", `no parameter "skip_verify"`},
		{"Redis Cluster's database", "redis://:hunter2@a,b/1", "a Cluster has no database but 0"},
		{"another file", "sqlite:" + text, "is not an SQLite database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, c.url, c.want)
		})
	}
}

func TestRedisURL(t *testing.T) {
	t.Parallel()
	type form struct {
		Hosts                                   string
		User, Password, Primary, SentinelSecret string
		Database                                int
		Cluster, TLS                            bool
	}
	for _, c := range []struct {
		url  string
		want form
	}{
		{"redis://localhost", form{Hosts: "localhost:6379"}},
		{"redis://u:p%2Fw@h:7000/3", form{Hosts: "h:7000", User: "u", Password: "p/w", Database: 3}},
		{"rediss://:pw@[::1]", form{Hosts: "[::1]:6379", Password: "pw", TLS: true}},
		{"redis://:pw@a,b:7001,c", form{Hosts: "a:6379 b:7001 c:6379", Password: "pw", Cluster: true}},
		{"rediss://a?cluster=true", form{Hosts: "a:6379", Cluster: true, TLS: true}},
		{"redis://a:26379,b:26379/2?master_name=m&sentinel_password=s",
			form{Hosts: "a:26379 b:26379", Primary: "m", SentinelSecret: "s", Database: 2}},
	} {
		o, err := redisOptions(c.url)
		if err != nil {
			t.Errorf("%s: got error %v, want none", c.url, err)
			continue
		}
		got := form{strings.Join(o.Addrs, " "), o.Username, o.Password, o.MasterName, o.SentinelPassword,
			o.DB, o.IsClusterMode, o.TLSConfig != nil}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", c.url, diff)
		}
	}
}

// wantRefused also watches for passwords, which are all "hunter2" here.
func wantRefused(t *testing.T, url, want string) {
	t.Helper()
	s, err := Open(t.Context(), url)
	if err == nil {
		s.Close()
		t.Fatalf("Open: got a store, want an error that says %q", want)
	}
	if got := err.Error(); !strings.Contains(got, want) {
		t.Errorf("Open: got error %q, want one that says %q", got, want)
	}
	if got := err.Error(); strings.Contains(got, "hunter2") || strings.Contains(got, "\n") {
		t.Errorf("Open: got error %q, want one sentence without the password", got)
	}
}
