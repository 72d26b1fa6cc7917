package redis

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenRefusesMalformedURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, url, want string }{
		{"without a host", "redis://:hunter2@/0", "with special characters in the password as %XX"},
		{"raw password", "redis://:hunter2/@host", "redis: "},
		{"named database", "redis://:hunter2@host/sessions", "write redis://user:password@host:6379/0"},
		{"unknown parameter", "redis://:hunter2@host?skip_verify=true", "there are cluster, master_name"},
		{"a password that looks like a parameter", "redis://user:12?hunter2@host", "special characters in the password as %XX"},
		{"a number sign in the password", "redis://:12#hunter2@host", "with special characters in the password as %XX"},
		{"an empty host", "redis://a,", "redis://user:password@host:6379/0"},
		{"a port without a host", "redis://a,:7000", "redis://user:password@host:6379/0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, c.url, c.want)
		})
	}
}

func TestURLForms(t *testing.T) {
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
		o, err := parseURL(c.url)
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
