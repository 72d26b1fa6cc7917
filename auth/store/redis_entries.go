package store

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// hash is a record as Redis has it, under its name, with these fields.
type hash struct {
	key   Key
	data  []byte // nil where there is no record
	id    string // of this creation, for one key may be created many times
	index []Key
}

var fields = []string{"data", "id", "index"}

func recordName(key Key) string {
	return "latchkey:record:" + base64.RawURLEncoding.EncodeToString(key[:])
}
func indexName(index Key) string {
	return "latchkey:index:" + base64.RawURLEncoding.EncodeToString(index[:])
}

// entry is what leads from an index to the record: its id, which has a fixed
// length, and its key.
func (h hash) entry() string { return h.id + string(h.key[:]) }

func entryKey(entry string) Key { return Key([]byte(entry[len(entry)-len(Key{}):])) }

func (h hash) indexField() string {
	var field strings.Builder
	for _, index := range h.index {
		field.Write(index[:])
	}
	return field.String()
}

// read makes sense of an answer to HMGET: all nil where there is no record.
func read(key Key, values []any, err error) (hash, error) {
	if err != nil || values[0] == nil {
		return hash{}, err
	}
	h := hash{key: key, data: copied([]byte(values[0].(string))), id: values[1].(string)}
	for field := []byte(values[2].(string)); len(field) > 0; field = field[len(key):] {
		h.index = append(h.index, Key(field[:len(key)]))
	}
	return h, nil
}

// enter writes the entries that lead to a record, or has them live longer. A
// minute's grace lets them outlive it, however slow the step between.
func (s *redisStore) enter(ctx context.Context, h hash, expires time.Time) error {
	for _, index := range h.index {
		life := left(expires.Add(time.Minute))
		if err := s.run(ctx, enterScript, indexName(index), h.entry(), life).Err(); err != nil {
			return err
		}
	}
	return nil
}

// leave removes a deleted record's entries as well as it can: an entry that
// leads nowhere is harmless.
func (s *redisStore) leave(ctx context.Context, h hash) {
	_, _ = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, index := range h.index {
			pipe.ZRem(ctx, indexName(index), h.entry())
		}
		return nil
	})
}

// follow returns the records that entries lead to. It leaves alone those that
// lead nowhere, for Create may be about to write the record; their own end
// clears them away.
func (s *redisStore) follow(ctx context.Context, entries []string) (listed []Record, err error) {
	hashes, ends := make([]*redis.SliceCmd, len(entries)), make([]*redis.DurationCmd, len(entries))
	_, err = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, entry := range entries {
			name := recordName(entryKey(entry))
			hashes[i], ends[i] = pipe.HMGet(ctx, name, fields...), pipe.PTTL(ctx, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, entry := range entries {
		values, err := hashes[i].Result()
		h, err := read(entryKey(entry), values, err)
		if err != nil {
			return nil, err
		}
		if remaining := ends[i].Val(); h.data != nil && h.entry() == entry && remaining > 0 {
			listed = append(listed, Record{Key: h.key, Data: h.data, Expires: time.Now().Add(remaining)})
		}
	}
	return listed, nil
}
