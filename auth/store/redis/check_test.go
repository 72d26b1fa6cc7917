package redis

import (
	"slices"
	"testing"

	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

func byName(found []store.Finding) map[string]store.Finding {
	all := map[string]store.Finding{}
	for _, f := range found {
		all[f.Name] = f
	}
	return all
}

func TestCheckOfServer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		settings []string
		wrong    string // the finding with a remedy; empty if there is none
	}{
		{"durable", []string{"--appendonly", "yes"}, ""},
		{"without persistence", nil, "persistence"},
		{"snapshots only", []string{"--save", "60 1"}, "persistence"},
		{"without fsync", []string{"--appendonly", "yes", "--appendfsync", "no"}, "persistence"},
		{"eviction", []string{"--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"}, "eviction"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := storetest.Redis(t, test.settings...)
			t.Cleanup(server.Stop)
			found, err := opened(t, server.URL).Check(t.Context())
			if err != nil || len(found) != 6 {
				t.Fatalf("Check: got %d findings and error %v, want 6", len(found), err)
			}
			for _, f := range found {
				if wrong := f.Remedy != ""; wrong != (f.Name == test.wrong) || f.Detail == "" {
					t.Errorf("got %+v, want a remedy for %q only", f, test.wrong)
				}
			}
		})
	}
}

// INFO of servers that a test does not start.
func TestCheckOfInfo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		got    store.Finding
		wrong  bool
		severe bool
	}{
		{"an old server", parseInfo("redis_version:6.0.16\r\n").version(), true, true},
		{"Valkey", parseInfo("redis_version:7.2.4\r\nvalkey_version:8.1.0\r\n").version(), false, false},
		{"a replica", parseInfo("role:slave\r\n").replication("0"), true, true},
		{"replicas that may lag", parseInfo("role:master\r\nconnected_slaves:2\r\n").replication("0"), true, false},
		{"replicas that may not", parseInfo("role:master\r\nconnected_slaves:2\r\n").replication("1"), false, false},
		{"memory nearly full", parseInfo("used_memory:95000000\r\nmaxmemory:100000000\r\n").memory(), true, false},
		{"memory half full", parseInfo("used_memory:50000000\r\nmaxmemory:100000000\r\n").memory(), false, false},
		{"a full disk", parseInfo("aof_enabled:1\r\naof_last_write_status:err\r\n").persistence("everysec", ""), true, true},
		{"CONFIG forbidden", parseInfo("aof_enabled:1\r\naof_last_write_status:ok\r\n").persistence("", ""), false, false},
	}
	for _, test := range tests {
		if wrong := test.got.Remedy != ""; wrong != test.wrong || test.got.Severe != test.severe || test.got.Detail == "" {
			t.Errorf("%s: got %+v, want a remedy %v, severe %v", test.name, test.got, test.wrong, test.severe)
		}
	}
}

func TestCheckOfCluster(t *testing.T) {
	t.Parallel()
	found, err := opened(t, cluster.URL(t)).Check(t.Context())
	if all := byName(found); err != nil || len(all) != 6 || all["version"].Detail == "" {
		t.Errorf("Check: got %+v and error %v, want a finding for each setting", found, err)
	}
}

// Of a Cluster, the node that needs a remedy is reported.
func TestCheckOfClusterReportsTheWorstNode(t *testing.T) {
	t.Parallel()
	good := []store.Finding{{Name: "eviction", Detail: "good"}, {Name: "memory", Detail: "good"}}
	poor := []store.Finding{{Name: "eviction", Detail: "poor", Remedy: "Set it"}, {Name: "memory", Detail: "good"}}
	severe := []store.Finding{{Name: "eviction", Detail: "severe", Remedy: "Set it", Severe: true}, {Name: "memory", Detail: "good"}}
	for _, c := range []struct {
		nodes [2][]store.Finding
		want  string
	}{{[2][]store.Finding{good, poor}, "poor"}, {[2][]store.Finding{poor, good}, "poor"}, {[2][]store.Finding{poor, severe}, "severe"}, {[2][]store.Finding{severe, poor}, "severe"}} {
		if got := byName(mergeFindings(mergeFindings(nil, slices.Clone(c.nodes[0])), c.nodes[1])); got["eviction"].Detail != c.want || got["memory"].Remedy != "" {
			t.Errorf("got %+v, want the %s node's eviction", got, c.want)
		}
	}
}
