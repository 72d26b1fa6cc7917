package redis

import (
	"testing"

	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

func TestCheckOfServer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		settings []string
		wrong    string // the finding with a remedy; empty if there is none
	}{
		{"durable", []string{"--appendonly", "yes"}, ""},
		{"without persistence", nil, "persistence"},
		{"eviction", []string{"--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"}, "eviction"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := storetest.Redis(t, test.settings...)
			t.Cleanup(server.Stop)
			found, err := opened(t, server.URL).Check(t.Context())
			if err != nil || len(found) != 4 {
				t.Fatalf("Check: got %d findings and error %v, want 4", len(found), err)
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
		name  string
		got   store.Finding
		wrong bool
	}{
		{"Valkey", parseInfo("redis_version:7.2.4\r\nvalkey_version:8.1.0\r\n").version(), false},
		{"replicas that may lag", parseInfo("role:master\r\nconnected_slaves:2\r\n").replication(), true},
		{"replicas that may not", parseInfo("role:master\r\nconnected_slaves:2\r\nmin_slaves_good_slaves:2\r\n").replication(), false},
		{"no INFO", parseInfo("").eviction(), false},
	}
	for _, test := range tests {
		if wrong := test.got.Remedy != ""; wrong != test.wrong || test.got.Detail == "" {
			t.Errorf("%s: got %+v, want a remedy %v", test.name, test.got, test.wrong)
		}
	}
}

// What differs between the nodes of a Cluster is reported for each.
func TestCheckOfCluster(t *testing.T) {
	t.Parallel()
	s := opened(t, cluster.URL(t))
	servers, err := s.primaries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := servers[0].ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru").Err(); err != nil {
		t.Fatal(err)
	}
	found, err := s.Check(t.Context())
	remedies := map[string]int{}
	for _, f := range found {
		if f.Remedy != "" {
			remedies[f.Name]++
		}
	}
	if err != nil || len(found) != 5 || remedies["eviction"] != 1 || remedies["persistence"] != 1 {
		t.Errorf("Check: got %+v and error %v, want the other eviction of one node, and one finding of each other setting", found, err)
	}
}
