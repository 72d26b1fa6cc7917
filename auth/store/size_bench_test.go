package store

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// size is how much of its engine a store takes.
func size(b *testing.B, of func(context.Context, Store) (int64, error), s Store) int64 {
	b.Helper()
	bytes, err := of(b.Context(), s)
	if err != nil {
		b.Fatal(err)
	}
	return bytes
}

func sizeOfMemory(context.Context, Store) (int64, error) {
	var heap runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&heap)
	return int64(heap.HeapAlloc), nil
}

func sizeOfSQLite(ctx context.Context, s Store) (bytes int64, err error) {
	const query = `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`
	err = s.(*sqliteStore).read.QueryRowContext(ctx, query).Scan(&bytes)
	return bytes, err
}

func sizeOfRedis(ctx context.Context, s Store) (int64, error) {
	info, err := s.(*redisStore).client.Info(ctx, "memory").Result()
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(info, "used_memory:")
	number, _, _ := strings.Cut(rest, "\r\n")
	return strconv.ParseInt(number, 10, 64)
}

func sizeOfPostgres(ctx context.Context, s Store) (bytes int64, err error) {
	const query = `SELECT pg_total_relation_size('latchkey_records') + pg_total_relation_size('latchkey_entries')`
	err = s.(*postgresStore).pool.QueryRow(ctx, query).Scan(&bytes)
	return bytes, err
}
