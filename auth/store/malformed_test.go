package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// spoiled is data of an engine that somebody else has written. Each spoils the
// record r, or adds something strange under its index, and says whether the
// record itself is still good.
type spoiled struct {
	name  string
	spoil func(t *testing.T, s Store, r Record) error
	good  bool
}

func redisDo(args func(r Record) []any) func(*testing.T, Store, Record) error {
	return func(t *testing.T, s Store, r Record) error {
		client := s.(*redisStore).client.(*redis.Client)
		return client.Do(t.Context(), args(r)...).Err()
	}
}

func redisReplace(args func(r Record) []any) func(*testing.T, Store, Record) error {
	return func(t *testing.T, s Store, r Record) error {
		name := args(r)[1].(string)
		if err := s.(*redisStore).client.Del(t.Context(), name).Err(); err != nil {
			return err
		}
		return redisDo(args)(t, s, r)
	}
}

func sqliteExec(query string, args func(r Record) []any) func(*testing.T, Store, Record) error {
	return func(t *testing.T, s Store, r Record) error {
		conn, err := s.(*sqliteStore).write.Conn(t.Context())
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := conn.ExecContext(t.Context(), `PRAGMA foreign_keys = OFF`); err != nil {
			return err
		}
		defer conn.ExecContext(context.Background(), `PRAGMA foreign_keys = ON`)
		for _, one := range strings.Split(query, ";") {
			if _, err := conn.ExecContext(t.Context(), one, args(r)...); err != nil {
				return err
			}
		}
		return nil
	}
}

func postgresExec(query string, args func(r Record) []any) func(*testing.T, Store, Record) error {
	return func(t *testing.T, s Store, r Record) error {
		_, err := s.(*postgresStore).pool.Exec(t.Context(), query, args(r)...)
		return err
	}
}

func far() time.Time { return time.Now().Add(time.Hour) }

var malformedData = map[string][]spoiled{
	"redis": {
		{"a record of another type", redisReplace(func(r Record) []any { return []any{"SET", recordName(r.Key), "x"} }), false},
		{"a record that is a list", redisReplace(func(r Record) []any { return []any{"RPUSH", recordName(r.Key), "x"} }), false},
		{"a record without an id", redisDo(func(r Record) []any { return []any{"HDEL", recordName(r.Key), "id"} }), false},
		{"a record without an index", redisDo(func(r Record) []any { return []any{"HDEL", recordName(r.Key), "index"} }), true},
		{"a record without data", redisDo(func(r Record) []any { return []any{"HDEL", recordName(r.Key), "data"} }), false},
		{"a record with a short index", redisDo(func(r Record) []any { return []any{"HSET", recordName(r.Key), "index", "short"} }), true},
		{"an empty entry", redisDo(func(r Record) []any { return []any{"ZADD", indexName(r.Index[0]), 9e15, ""} }), true},
		{"a short entry", redisDo(func(r Record) []any { return []any{"ZADD", indexName(r.Index[0]), 9e15, "x"} }), true},
		{"an entry of the length of a key", redisDo(func(r Record) []any { return []any{"ZADD", indexName(r.Index[0]), 9e15, string(r.Key[:])} }), true},
		{"a long entry", redisDo(func(r Record) []any { return []any{"ZADD", indexName(r.Index[0]), 9e15, strings.Repeat("x", 5000)} }), true},
		{"an index of another type", redisReplace(func(r Record) []any { return []any{"SET", indexName(r.Index[0]), "x"} }), false},
	},
	"sqlite": {
		{"an entry that leads to a short key", sqliteExec(`INSERT INTO records (key, data, expires) VALUES (x'01', x'00', 9000000000000); INSERT INTO entries (index_key, key) VALUES (?, x'01')`,
			func(r Record) []any { return []any{r.Index[0][:]} }), true},
		{"a record that never ends", sqliteExec(`UPDATE records SET expires = 9223372036854775807 WHERE key = ?`, func(r Record) []any { return []any{r.Key[:]} }), true},
		{"a record without a byte", sqliteExec(`UPDATE records SET data = x'' WHERE key = ?`, func(r Record) []any { return []any{r.Key[:]} }), true},
	},
	"postgres": {
		{"an entry that leads to a short key", postgresExec(`WITH short AS (
				INSERT INTO latchkey_records (key, data, expires) VALUES ('\x01', '', now() + interval '1 hour') ON CONFLICT DO NOTHING)
			INSERT INTO latchkey_entries (index_key, key) SELECT $1, '\x01'`, func(r Record) []any { return []any{r.Index[0][:]} }), true},
		{"a record that never ends", postgresExec(`UPDATE latchkey_records SET expires = 'infinity' WHERE key = $1`, func(r Record) []any { return []any{r.Key[:]} }), true},
		{"a record without a byte", postgresExec(`UPDATE latchkey_records SET data = '' WHERE key = $1`, func(r Record) []any { return []any{r.Key[:]} }), true},
	},
}

// Whatever stands in an engine, no method panics, fails as if the engine gave
// no answer, or keeps the good records from whoever asks for them.
func TestMalformedDataIsNoFailure(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		for _, c := range malformedData[e.name] {
			t.Run(e.name+", "+c.name, func(t *testing.T) {
				t.Parallel()
				s, _ := e.pair(t)
				index := anyKey()
				r, beside := anyRecord(index), anyRecord(index)
				wantCreated(t, s, r, true)
				wantCreated(t, s, beside, true)
				if err := c.spoil(t, s, r); err != nil {
					t.Fatal(err)
				}
				wantNoFailure(t, s, r)
				listed, err := s.List(t.Context(), index)
				if err != nil && !errors.Is(err, ErrMalformed) {
					t.Errorf("List: got error %v, want none or %v", err, ErrMalformed)
				}
				if c.good && !has(listed, beside.Key) {
					t.Errorf("List: got %d records, want the good one among them", len(listed))
				}
				wantCreated(t, s, anyRecord(index), true)
				if _, err := s.Delete(t.Context(), r.Key); err != nil && !errors.Is(err, ErrMalformed) {
					t.Errorf("Delete: got error %v, want none or %v", err, ErrMalformed)
				}
			})
		}
	}
}

func wantNoFailure(t *testing.T, s Store, r Record) {
	t.Helper()
	if _, err := s.Find(t.Context(), r.Key); err != nil && !errors.Is(err, ErrMalformed) {
		t.Errorf("Find: got error %v, want none or %v", err, ErrMalformed)
	}
	if _, err := s.Update(t.Context(), r.Key, r.Data, r.Data, far()); err != nil && !errors.Is(err, ErrMalformed) {
		t.Errorf("Update: got error %v, want none or %v", err, ErrMalformed)
	}
	if _, err := s.Create(t.Context(), Record{Key: r.Key, Data: r.Data, Expires: far()}); err != nil {
		t.Errorf("Create: got error %v, want none", err)
	}
}

func has(listed []Record, key Key) bool {
	for _, r := range listed {
		if r.Key == key {
			return true
		}
	}
	return false
}

// A panic in a goroutine of its own would end the program.
func TestPanicWhileWaitingIsAnError(t *testing.T) {
	t.Parallel()
	_, err := withContext(t.Context(), func() (int, error) { panic("a strange answer") })
	if err == nil || !strings.Contains(err.Error(), "a strange answer") {
		t.Errorf("got error %v, want the panic as one", err)
	}
}
