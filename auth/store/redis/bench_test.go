package redis

import (
	"context"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

func BenchmarkStore(b *testing.B) {
	s := opened(b, server.URL(b))
	storetest.BenchmarkStore(b, s, storetest.Baseline{Bare: s.bare, Read: s.readAll, Size: s.size})
}

func (s *Store) bare(ctx context.Context) error {
	return s.client.Ping(ctx).Err()
}

func (s *Store) readAll(ctx context.Context, keys []store.Key) error {
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, key := range keys {
			pipe.HGet(ctx, recordName(key), "data")
		}
		return nil
	})
	return err
}

func (s *Store) size(ctx context.Context) (int64, error) {
	info, err := s.client.Info(ctx, "memory").Result()
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(info, "used_memory:")
	number, _, _ := strings.Cut(rest, "\r\n")
	return strconv.ParseInt(number, 10, 64)
}
