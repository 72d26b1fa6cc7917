package redis

import (
	"context"
	"encoding/base64"
	"errors"
	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisRecord is a record as Redis has it, under its name, with these fields.
type redisRecord struct {
	key   store.Key
	data  []byte // nil where there is no record
	id    string // of this creation, for one key may be created many times
	index []store.Key
}

var fields = []string{"data", "id", "index"}

const recordPrefix = "latchkey:record:"

func recordName(key store.Key) string {
	return recordPrefix + base64.RawURLEncoding.EncodeToString(key[:])
}
func indexName(index store.Key) string {
	return "latchkey:index:" + base64.RawURLEncoding.EncodeToString(index[:])
}

// entry is what leads from an index to the record: its id, which has a fixed
// length, and its key.
func (h redisRecord) entry() string { return h.id + string(h.key[:]) }

// entryKey returns the key in an entry; false for one that is not ours.
func entryKey(entry string) (key store.Key, ok bool) {
	if len(entry) <= len(key) {
		return key, false
	}
	return store.Key([]byte(entry[len(entry)-len(key):])), true
}

func (h redisRecord) indexField() string {
	var field strings.Builder
	for _, index := range h.index {
		field.Write(index[:])
	}
	return field.String()
}

// read makes sense of an answer to HMGET: all nil where there is no record.
func read(key store.Key, values []any, err error) (redisRecord, error) {
	if err != nil {
		return redisRecord{}, malformed(err)
	}
	if len(values) != len(fields) || values[0] == nil {
		return redisRecord{}, nil
	}
	data, isData := values[0].(string)
	id, isID := values[1].(string)
	index, isIndex := values[2].(string)
	if !isData || !isID || !isIndex || len(index)%len(key) != 0 {
		return redisRecord{}, store.ErrMalformed
	}
	h := redisRecord{key: key, data: engine.Clone([]byte(data)), id: id}
	for field := []byte(index); len(field) > 0; field = field[len(key):] {
		h.index = append(h.index, store.Key(field[:len(key)]))
	}
	return h, nil
}

// malformed marks the error of a key that is of another type than ours.
func malformed(err error) error {
	if err != nil && strings.Contains(err.Error(), "WRONGTYPE") {
		return errors.Join(store.ErrMalformed, err)
	}
	return err
}

// addEntries writes the entries that lead to a record, or has them live longer. A
// minute's grace lets them outlive it, however slow the step between.
func (s *Store) addEntries(ctx context.Context, h redisRecord, expires time.Time) error {
	for _, index := range h.index {
		life := millisecondsLeft(expires.Add(time.Minute))
		if err := s.run(ctx, enterScript, indexName(index), h.entry(), life).Err(); err != nil {
			return err
		}
	}
	return nil
}

// removeEntries removes a deleted record's entries as well as it can: an entry that
// leads nowhere is harmless.
func (s *Store) removeEntries(ctx context.Context, h redisRecord) {
	_, _ = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, index := range h.index {
			pipe.ZRem(ctx, indexName(index), h.entry())
		}
		return nil
	})
}

// loadEntries returns the records that entries lead to, and ErrMalformed besides
// where something is not ours. It leaves alone entries that lead nowhere, for
// Create may be about to write the record; their own end clears them away.
func (s *Store) loadEntries(ctx context.Context, entries []string) (listed []store.Record, err error) {
	answers := make([]*redis.Cmd, len(entries))
	_, _ = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, entry := range entries {
			if key, ok := entryKey(entry); ok {
				answers[i] = pipe.Eval(ctx, listScript, []string{recordName(key)}, store.HeadSize)
			}
		}
		return nil
	})
	var strange error
	for i, entry := range entries {
		r, err := listedRecord(entry, answers[i])
		switch {
		case errors.Is(err, store.ErrMalformed):
			strange = err
		case err != nil:
			return nil, err
		case r.Data != nil:
			listed = append(listed, r)
		}
	}
	return listed, strange
}

// listedRecord reads what listScript has said of an entry; without data where
// the entry leads nowhere.
func listedRecord(entry string, answer *redis.Cmd) (r store.Record, err error) {
	if answer == nil {
		return r, store.ErrMalformed
	}
	values, err := answer.Slice()
	if err != nil {
		return r, malformed(err)
	}
	data, found := values[0].(string)
	id, _ := values[1].(string)
	remaining, _ := values[2].(int64)
	key, _ := entryKey(entry)
	if !found || id+string(key[:]) != entry || remaining <= 0 {
		return r, nil
	}
	return store.Record{Key: key, Data: []byte(data), Expires: time.Now().Add(time.Duration(remaining) * time.Millisecond)}, nil
}
