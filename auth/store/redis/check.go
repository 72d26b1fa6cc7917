package redis

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
)

// Check returns the version, eviction, persistence, replication and memory of each
// primary, and how this store listens to other replicas. Hosted servers often forbid
// CONFIG; most settings are in INFO too.
func (s *Store) Check(ctx context.Context) ([]store.Finding, error) {
	servers, err := s.primaries(ctx)
	if err != nil {
		return nil, err
	}
	var all []store.Finding
	for _, server := range servers {
		found, err := checkServer(ctx, server)
		if err != nil {
			return nil, err
		}
		all = mergeFindings(all, found)
	}
	return append(all, s.listening()), nil
}

// mergeFindings keeps, of each setting, the finding of the worst node.
func mergeFindings(all, more []store.Finding) []store.Finding {
	if all == nil {
		return more
	}
	for i := range min(len(all), len(more)) {
		if all[i].Remedy == "" || more[i].Severe {
			all[i] = more[i]
		}
	}
	return all
}

func checkServer(ctx context.Context, server redis.Cmdable) ([]store.Finding, error) {
	text, err := server.Info(ctx).Result()
	if err != nil {
		return nil, err
	}
	i := parseInfo(text)
	return []store.Finding{
		i.version(), i.eviction(), i.persistence(configOf(ctx, server, "appendfsync"), configOf(ctx, server, "save")),
		i.replication(configOf(ctx, server, "min-replicas-to-write")), i.memory(),
	}, nil
}

// configOf returns a setting, or "" if the server does not tell.
func configOf(ctx context.Context, server redis.Cmdable, name string) string {
	settings, err := server.ConfigGet(ctx, name).Result()
	if err != nil {
		return ""
	}
	return settings[name]
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

func (i info) number(name string) int64 {
	n, _ := strconv.ParseInt(i[name], 10, 64)
	return n
}

func (i info) version() store.Finding {
	product, version := "Redis", i["redis_version"]
	if i["valkey_version"] != "" {
		product, version = "Valkey", i["valkey_version"]
	}
	f := store.Finding{Name: "version", Detail: product + " " + version}
	var major, minor int
	if n, _ := fmt.Sscanf(i["redis_version"], "%d.%d", &major, &minor); n == 2 && (major < 6 || major == 6 && minor < 2) {
		f.Remedy, f.Severe = "Upgrade to Redis 6.2 or later, or to Valkey", true
	}
	return f
}

func (i info) eviction() store.Finding {
	policy := i["maxmemory_policy"]
	f := store.Finding{Name: "eviction", Detail: "maxmemory-policy is " + cmp.Or(policy, "unknown")}
	if policy != "" && policy != "noeviction" {
		f.Detail += ": it can delete sessions, and logouts that must be remembered"
		f.Remedy = "Set maxmemory-policy to noeviction"
	}
	return f
}

func (i info) persistence(fsync, save string) store.Finding {
	f := store.Finding{Name: "persistence"}
	switch {
	case i["aof_enabled"] == "1" && i["aof_last_write_status"] == "err", i["rdb_last_bgsave_status"] == "err" && save != "":
		f.Detail, f.Severe = "the last write to the disk failed", true
		f.Remedy = "See the server's log; its disk may be full"
	case i["aof_enabled"] == "1" && fsync == "no":
		f.Detail = "appendfsync is no: a crash of the machine loses up to half a minute of sessions and sign-outs"
		f.Remedy = "Set appendfsync to everysec or always"
	case i["aof_enabled"] == "1":
		f.Detail = "appendonly is on, appendfsync is " + cmp.Or(fsync, "unknown")
	case save != "":
		f.Detail = "only snapshots (save " + save + "): a crash loses what came after the last one, so sign-outs can come undone"
		f.Remedy = "Set appendonly to yes"
	default:
		f.Detail = "appendonly is off: a restart signs everyone out, or a snapshot brings ended sessions back"
		f.Remedy = "Set appendonly to yes"
	}
	return f
}

func (i info) replication(minReplicas string) store.Finding {
	f := store.Finding{Name: "replication"}
	replicas := i.number("connected_slaves")
	switch {
	case i["role"] == "slave":
		f.Detail, f.Severe = "this server is a replica, which cannot be written to", true
		f.Remedy = "Name the primary, or its Sentinels with ?master_name="
	case replicas == 0:
		f.Detail = "one server without replicas"
	case minReplicas == "0":
		f.Detail = fmt.Sprintf("%d replicas, and min-replicas-to-write is 0: a fail-over can bring ended sessions back", replicas)
		f.Remedy = "Set min-replicas-to-write to 1 and min-replicas-max-lag to 2"
	default:
		f.Detail = fmt.Sprintf("%d replicas, min-replicas-to-write is %s", replicas, cmp.Or(minReplicas, "unknown"))
	}
	return f
}

func (i info) memory() store.Finding {
	used, limit := i.number("used_memory"), i.number("maxmemory")
	f := store.Finding{Name: "memory", Detail: fmt.Sprintf("%d MB used, no maxmemory", used>>20)}
	if limit > 0 {
		f.Detail = fmt.Sprintf("%d of %d MB used", used>>20, limit>>20)
	}
	if limit > 0 && used > limit/10*9 {
		f.Remedy = "Raise maxmemory: when it is reached, nobody can sign in"
	}
	return f
}

// listening says how soon this store learns what other replicas publish.
func (s *Store) listening() store.Finding {
	f := store.Finding{Name: "notifications", Detail: "sessions that end on another replica show at once"}
	if s.polls {
		f.Detail = "the user may not subscribe, so open tabs show up to a second late that their session has ended on another replica"
		f.Remedy = "Add &" + engine.Channel + " to the user's ACL"
	}
	return f
}
