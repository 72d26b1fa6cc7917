package redis

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"latchkey/auth/store"
)

// Check returns the version, eviction, persistence and replication of each primary. It
// reads INFO, because hosted servers often forbid CONFIG. What is the same at several
// servers of a Cluster is reported once.
func (s *Store) Check(ctx context.Context) (all []store.Finding, err error) {
	servers, err := s.primaries(ctx)
	for _, server := range servers {
		text, err := server.Info(ctx).Result()
		if err != nil {
			return nil, err
		}
		i := parseInfo(text)
		for _, f := range []store.Finding{i.version(), i.eviction(), i.persistence(), i.replication()} {
			if !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	return all, err
}

// info is the answer to INFO, by field.
type info map[string]string

func parseInfo(text string) info {
	i := info{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			i[name] = value
		}
	}
	return i
}

func (i info) version() store.Finding {
	if version := i["valkey_version"]; version != "" {
		return store.Finding{Name: "version", Detail: "Valkey " + version}
	}
	return store.Finding{Name: "version", Detail: "Redis " + i["redis_version"]}
}

func (i info) eviction() store.Finding {
	policy := cmp.Or(i["maxmemory_policy"], "unknown")
	f := store.Finding{Name: "eviction", Detail: "maxmemory-policy is " + policy}
	if policy != "unknown" && policy != "noeviction" {
		f.Detail += ": it can delete sessions, and logouts that must be remembered"
		f.Remedy = "Set maxmemory-policy to noeviction"
	}
	return f
}

func (i info) persistence() store.Finding {
	if i["aof_enabled"] == "1" {
		return store.Finding{Name: "persistence", Detail: "appendonly is on"}
	}
	return store.Finding{
		Name:   "persistence",
		Detail: "appendonly is off: a restart signs everyone out, or a snapshot brings ended sessions back",
		Remedy: "Set appendonly to yes",
	}
}

func (i info) replication() store.Finding {
	f := store.Finding{Name: "replication", Detail: cmp.Or(i["connected_slaves"], "0") + " replicas"}
	_, limited := i["min_slaves_good_slaves"] // only if min-replicas-to-write and min-replicas-max-lag are set
	if f.Detail != "0 replicas" && !limited {
		f.Detail += ", and min-replicas-to-write is 0: a fail-over can bring ended sessions back"
		f.Remedy = "Set min-replicas-to-write to 1 and min-replicas-max-lag to 2"
	}
	return f
}
