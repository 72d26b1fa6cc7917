package redis

import (
	"context"
	"encoding/base64"
	"errors"
	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Scan reads the names of all records, server by server. Redis may return a name
// twice, so the keys that were visited are kept until the end.
func (s *Store) Scan(ctx context.Context, visit func(store.Record) error) error {
	servers, err := withContext(ctx, func() ([]redis.Cmdable, error) { return s.primaries(ctx) })
	if err != nil {
		return err
	}
	scan := scan{store: s, visit: visit, visited: map[store.Key]bool{}}
	for _, server := range servers {
		if err := scan.server(ctx, server); err != nil {
			return err
		}
	}
	return scan.malformed
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

// scan is a scan that is running.
type scan struct {
	store     *Store
	visit     func(store.Record) error
	visited   map[store.Key]bool
	malformed error // of the last record that was not ours
}

type scanPage struct {
	records []store.Record
	cursor  uint64 // of the next page; 0 at the end
}

func (c *scan) server(ctx context.Context, server redis.Cmdable) error {
	for cursor := uint64(0); ; {
		page, err := withContext(ctx, func() (scanPage, error) { return c.read(ctx, server, cursor) })
		if errors.Is(err, store.ErrMalformed) {
			c.malformed, err = err, nil
		}
		if err != nil {
			return err
		}
		for _, r := range page.records {
			if c.visited[r.Key] {
				continue
			}
			c.visited[r.Key] = true
			if err := c.visit(r); err != nil {
				return err
			}
		}
		if cursor = page.cursor; cursor == 0 {
			return nil
		}
	}
}

// read returns the records of one page, and ErrMalformed besides if there are
// others under names of ours.
func (c *scan) read(ctx context.Context, server redis.Cmdable, cursor uint64) (page scanPage, err error) {
	names, next, err := server.Scan(ctx, cursor, recordPrefix+"*", engine.ScanPage).Result()
	if err != nil {
		return page, err
	}
	answers := make([]*redis.Cmd, len(names))
	_, _ = c.store.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, name := range names {
			answers[i] = pipe.Eval(ctx, listScript, []string{name}, store.HeadSize)
		}
		return nil
	})
	page.cursor = next
	var malformed error
	for i, name := range names {
		r, err := scannedRecord(name, answers[i])
		switch {
		case errors.Is(err, store.ErrMalformed):
			malformed = err
		case err != nil:
			return page, err
		case r.Data != nil:
			page.records = append(page.records, r)
		}
	}
	return page, malformed
}

// scannedRecord reads the answer to listScript. The record has no data if it is
// gone.
func scannedRecord(name string, answer *redis.Cmd) (r store.Record, err error) {
	key, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(name, recordPrefix))
	if err != nil || len(key) != len(r.Key) {
		return r, store.ErrMalformed
	}
	values, err := answer.Slice()
	if err != nil {
		return r, malformed(err)
	}
	data, found := values[0].(string)
	remaining, _ := values[2].(int64)
	if !found || remaining <= 0 {
		return r, nil
	}
	return store.Record{Key: store.Key(key), Data: []byte(data), Expires: time.Now().Add(time.Duration(remaining) * time.Millisecond)}, nil
}
