package redis

import (
	"context"
	"encoding/base64"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
)

// Scan reads the names of all records, server by server. Redis may return a name
// twice, so Scan keeps the keys that it has visited.
func (s *Store) Scan(ctx context.Context, visit func(store.Record) error) error {
	servers, err := withContext(ctx, func() ([]redis.Cmdable, error) { return s.primaries(ctx) })
	if err != nil {
		return err
	}
	cursor, visited := uint64(0), map[store.Key]bool{}
	return engine.Scan(func() ([]store.Record, bool, error) {
		server, after := servers[0], cursor // a call that goes on must not see the next ones
		p, err := withContext(ctx, func() (page, error) { return s.readPage(ctx, server, after) })
		if cursor = p.next; cursor == 0 {
			servers = servers[1:]
		}
		return p.records, len(servers) > 0, err
	}, func(r store.Record) error {
		if visited[r.Key] {
			return nil
		}
		visited[r.Key] = true
		return visit(r)
	})
}

// primaries returns the servers that hold records: those of a Cluster, or the one.
func (s *Store) primaries(ctx context.Context) (servers []redis.Cmdable, err error) {
	cluster, ok := s.client.(*redis.ClusterClient)
	if !ok {
		return []redis.Cmdable{s.client}, nil
	}
	var mu sync.Mutex
	err = cluster.ForEachMaster(ctx, func(_ context.Context, server *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		servers = append(servers, server)
		return nil
	})
	return servers, err
}

type page struct {
	records []store.Record
	next    uint64 // the cursor of the next page; 0 at the end
}

func (s *Store) readPage(ctx context.Context, server redis.Cmdable, cursor uint64) (p page, err error) {
	names, next, err := server.Scan(ctx, cursor, recordPrefix+"*", engine.ScanPage).Result()
	if err != nil {
		return p, err
	}
	entries := make([]*entry, len(names))
	for i, name := range names {
		key, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(name, recordPrefix))
		if err == nil && len(key) == len(store.Key{}) {
			entries[i] = &entry{key: store.Key(key)}
		}
	}
	p.records, err = s.load(ctx, entries)
	p.next = next
	return p, err
}
