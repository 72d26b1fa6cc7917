package redis

import (
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

func do(args func(r store.Record) []any) func(*testing.T, store.Store, store.Record) error {
	return func(t *testing.T, s store.Store, r store.Record) error {
		client := s.(*Store).client.(*redis.Client)
		return client.Do(t.Context(), args(r)...).Err()
	}
}

func replace(args func(r store.Record) []any) func(*testing.T, store.Store, store.Record) error {
	return func(t *testing.T, s store.Store, r store.Record) error {
		name := args(r)[1].(string)
		if err := s.(*Store).client.Del(t.Context(), name).Err(); err != nil {
			return err
		}
		return do(args)(t, s, r)
	}
}

var malformedCases = []storetest.Malformed{
	{Name: "a record of another type", Corrupt: replace(func(r store.Record) []any { return []any{"SET", recordName(r.Key), "x"} })},
	{Name: "a record that is a list", Corrupt: replace(func(r store.Record) []any { return []any{"RPUSH", recordName(r.Key), "x"} })},
	{Name: "a record without an id", Corrupt: do(func(r store.Record) []any { return []any{"HDEL", recordName(r.Key), "id"} })},
	{Name: "a record without an index", Corrupt: do(func(r store.Record) []any { return []any{"HDEL", recordName(r.Key), "index"} }), OthersListed: true},
	{Name: "a record without data", Corrupt: do(func(r store.Record) []any { return []any{"HDEL", recordName(r.Key), "data"} })},
	{Name: "a record with a short index", Corrupt: do(func(r store.Record) []any { return []any{"HSET", recordName(r.Key), "index", "short"} }), OthersListed: true},
	{Name: "an empty entry", Corrupt: do(func(r store.Record) []any { return []any{"ZADD", indexName(r.Index[0]), 9e15, ""} }), OthersListed: true},
	{Name: "a short entry", Corrupt: do(func(r store.Record) []any { return []any{"ZADD", indexName(r.Index[0]), 9e15, "x"} }), OthersListed: true},
	{Name: "an entry of the length of a key", Corrupt: do(func(r store.Record) []any { return []any{"ZADD", indexName(r.Index[0]), 9e15, string(r.Key[:])} }), OthersListed: true},
	{Name: "a long entry", Corrupt: do(func(r store.Record) []any {
		return []any{"ZADD", indexName(r.Index[0]), 9e15, strings.Repeat("x", 5000)}
	}), OthersListed: true},
	{Name: "an index of another type", Corrupt: replace(func(r store.Record) []any { return []any{"SET", indexName(r.Index[0]), "x"} })},
}

func TestMalformedDataIsNoFailure(t *testing.T) {
	t.Parallel()
	storetest.MalformedDataIsNoFailure(t, func(tb testing.TB) store.Store { return opened(tb, server.URL(tb)) }, malformedCases)
}
