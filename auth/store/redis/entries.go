package redis

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
)

// record is a record as Redis stores it: a hash with these fields.
type record struct {
	key   store.Key
	data  []byte // nil if there is no record
	id    string // of this creation, because one key may be created many times
	index []byte // the index keys, one after the other
}

var fields = []string{"data", "id", "index"}

const recordPrefix = engine.Prefix + "record:"

func recordName(key store.Key) string {
	return recordPrefix + base64.RawURLEncoding.EncodeToString(key[:])
}

func indexName(index store.Key) string {
	return engine.Prefix + "index:" + base64.RawURLEncoding.EncodeToString(index[:])
}

// read reads the answer to HMGET, in which everything is nil if there is no record.
func read(key store.Key, values []any, err error) (record, error) {
	if err != nil {
		return record{}, malformed(err)
	}
	if len(values) != len(fields) || values[0] == nil {
		return record{}, nil
	}
	data, isData := values[0].(string)
	id, isID := values[1].(string)
	index, isIndex := values[2].(string)
	if !isData || !isID || !isIndex || len(index)%len(key) != 0 {
		return record{}, store.ErrMalformed
	}
	return record{key, []byte(data), id, []byte(index)}, nil
}

// malformed marks the error of a key of another type than ours.
func malformed(err error) error {
	if err != nil && strings.Contains(err.Error(), "WRONGTYPE") {
		return errors.Join(store.ErrMalformed, err)
	}
	return err
}

// indexes returns the names of the indexes that lead to a record.
func (r record) indexes() (names []string) {
	for index := range slices.Chunk(r.index, len(r.key)) {
		names = append(names, indexName(store.Key(index)))
	}
	return names
}

// entry returns the record's entry as an index stores it: the id, and the key at the end.
func (r record) entry() string { return r.id + string(r.key[:]) }

// entry leads from an index key to a record.
type entry struct {
	key store.Key
	id  string // of the record's creation; empty for any
}

// parseEntry returns nil for an entry that is not ours.
func parseEntry(text string) *entry {
	start := len(text) - len(store.Key{})
	if start <= 0 {
		return nil
	}
	return &entry{store.Key([]byte(text[start:])), text[:start]}
}

// addEntries writes the entries that lead to a record, or extends them. They live a
// minute longer than the record, so that they outlive it even if the step between is
// slow.
func (s *Store) addEntries(ctx context.Context, r record, expires time.Time) error {
	for _, name := range r.indexes() {
		if err := s.run(ctx, enterScript, name, r.entry(), millisecondsLeft(expires.Add(time.Minute))).Err(); err != nil {
			return err
		}
	}
	return nil
}

// removeEntries removes the entries of a deleted record. It ignores errors because
// an entry that leads nowhere is harmless.
func (s *Store) removeEntries(ctx context.Context, r record) {
	_, _ = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, name := range r.indexes() {
			pipe.ZRem(ctx, name, r.entry())
		}
		return nil
	})
}

// load returns the records that entries lead to. Its error is ErrMalformed if an
// entry is nil or its record is not ours. It keeps entries that lead nowhere, because
// Create may be about to write the record; they expire.
func (s *Store) load(ctx context.Context, entries []*entry) (records []store.Record, err error) {
	answers := make([]*redis.Cmd, len(entries))
	_, _ = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, e := range entries {
			if e != nil {
				answers[i] = pipe.Eval(ctx, headScript, []string{recordName(e.key)}, store.HeadSize, e.id)
			}
		}
		return nil
	})
	var malformed error
	for i, e := range entries {
		r, err := e.head(answers[i])
		switch {
		case errors.Is(err, store.ErrMalformed):
			malformed = err
		case err != nil:
			return nil, err
		case r.Data != nil:
			records = append(records, r)
		}
	}
	return records, malformed
}

// head reads the answer to headScript. The record has no data if the entry leads
// nowhere.
func (e *entry) head(answer *redis.Cmd) (r store.Record, err error) {
	if e == nil {
		return r, store.ErrMalformed
	}
	values, err := answer.Slice()
	if err != nil || len(values) != 2 {
		return r, malformed(err)
	}
	data, _ := values[0].(string)
	left, _ := values[1].(int64)
	return store.Record{Key: e.key, Data: []byte(data), Expires: time.Now().Add(time.Duration(left) * time.Millisecond)}, nil
}
