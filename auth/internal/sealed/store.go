package sealed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"latchkey/auth/store"
)

// Store is a store.Store whose keys are hashed and whose values are sealed.
// A record that does not open counts as missing and stays in the store, because
// another replica may have its secret.
type Store struct {
	store   store.Store
	sealer  *Sealer
	options Options

	lastWarning atomic.Int64 // when malformed records were last logged, in Unix nanoseconds
}

// Options connects a Store to its caller. All fields are required.
type Options struct {
	Log *slog.Logger
	// Budget bounds one call of the store. The Store calls done after it, with its error.
	Budget func(ctx context.Context) (_ context.Context, done func(error))
	// Unavailable wraps an error of the store, which means that it gave no answer.
	Unavailable func(error) error
}

// NewStore returns a Store that keeps its records in s.
func NewStore(s store.Store, sealer *Sealer, options Options) *Store {
	return &Store{store: s, sealer: sealer, options: options}
}

// Key returns the key of a record, made from its purpose and name parts. It includes the
// app's origin, so that apps that share a store have no key in common.
//
// Plain SHA-256 is enough: the parts are random tokens, or are meant to be found
// by everyone who knows them. A key without a secret keeps a lookup at one round
// trip while secrets rotate.
func (v *Store) Key(p Purpose, parts ...string) store.Key {
	name := make([]byte, 0, 256) // on the stack
	name = append(append(append(name, v.sealer.origin...), 0), p...)
	for _, part := range parts {
		name = append(append(name, 0), part...)
	}
	return sha256.Sum256(name)
}

// Create stores a new record and returns its sealed form, which is nil if the key
// is taken.
func (v *Store) Create(ctx context.Context, p Purpose, key store.Key, parts Parts, expires time.Time, index ...store.Key) ([]byte, error) {
	sealed := v.sealer.sealParts(p, KeyName(key), parts, expires)
	created, err := call(ctx, v, p, func(ctx context.Context) (bool, error) {
		return v.store.Create(ctx, store.Record{Key: key, Data: sealed, Index: index, Expires: expires})
	})
	if !created {
		return nil, err
	}
	return sealed, err
}

// UseOnce marks a value as used, and reports whether this call is the first on any replica.
func (v *Store) UseOnce(ctx context.Context, p Purpose, expires time.Time, parts ...string) (bool, error) {
	sealed, err := v.Create(ctx, p, v.usedKey(p, parts), Parts{}, expires)
	return sealed != nil, err
}

// Used reports whether a value is marked as used.
func (v *Store) Used(ctx context.Context, p Purpose, parts ...string) (bool, error) {
	_, sealed, err := v.Find(ctx, p, v.usedKey(p, parts))
	return sealed != nil, err
}

// usedKey is part of the stored format: another prefix would let used values be
// used again.
func (v *Store) usedKey(p Purpose, parts []string) store.Key {
	return v.Key(p, append([]string{"claim"}, parts...)...)
}

// Find returns a record's summary, and its sealed form for Details and Update.
// The summary is nil if the record does not open.
func (v *Store) Find(ctx context.Context, p Purpose, key store.Key) (summary, sealed []byte, err error) {
	if sealed, err = v.FindSealed(ctx, p, key); sealed != nil {
		summary = v.Summary(p, key, sealed)
	}
	return summary, sealed, err
}

// FindSealed returns a record in its sealed form, which is nil if there is none.
func (v *Store) FindSealed(ctx context.Context, p Purpose, key store.Key) ([]byte, error) {
	return call(ctx, v, p, func(ctx context.Context) ([]byte, error) { return v.store.Find(ctx, key) })
}

// Summary opens the summary of a sealed record. It is nil, with a warning in the
// log, if it does not open.
func (v *Store) Summary(p Purpose, key store.Key, sealed []byte) []byte {
	summary := v.sealer.openSummary(p, KeyName(key), sealed)
	if summary == nil {
		v.LogMalformed(p, nil)
	}
	return summary
}

// Details opens the details of a sealed record.
func (v *Store) Details(p Purpose, key store.Key, sealed []byte) []byte {
	return v.sealer.openDetails(p, KeyName(key), sealed)
}

// Update replaces a record that Find returned. It returns the new sealed form,
// which is nil if the record has changed or was deleted since.
func (v *Store) Update(ctx context.Context, p Purpose, key store.Key, sealed []byte, parts Parts, expires time.Time) ([]byte, error) {
	next := v.sealer.sealParts(p, KeyName(key), parts, expires)
	updated, err := call(ctx, v, p, func(ctx context.Context) (bool, error) {
		return v.store.Update(ctx, key, sealed, next, expires)
	})
	if !updated {
		return nil, err
	}
	return next, err
}

// Delete deletes a record for good. Of concurrent callers, one gets deleted =
// true and the record's parts, which are nil if the record does not open.
func (v *Store) Delete(ctx context.Context, p Purpose, key store.Key) (parts Parts, deleted bool, err error) {
	sealed, err := call(ctx, v, p, func(ctx context.Context) ([]byte, error) { return v.store.Delete(ctx, key) })
	if err != nil || sealed == nil {
		return Parts{}, false, err
	}
	return Parts{v.sealer.openSummary(p, KeyName(key), sealed), v.Details(p, key, sealed)}, true, nil
}

// Entry is a record in a list.
type Entry struct {
	Key     store.Key
	Summary []byte // nil if it does not open
}

// List returns the records under an index key, including those that do not open.
func (v *Store) List(ctx context.Context, p Purpose, index store.Key) ([]Entry, error) {
	records, err := call(ctx, v, p, func(ctx context.Context) ([]store.Record, error) { return v.store.List(ctx, index) })
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, r := range records {
		summary, err := v.listedSummary(ctx, p, r)
		if err != nil {
			return nil, err
		}
		entries = append(entries, Entry{r.Key, summary})
	}
	return entries, nil
}

// listedSummary opens the summary of a listed record. The few with a summary that is longer
// than store.HeadSize are read in full.
func (v *Store) listedSummary(ctx context.Context, p Purpose, r store.Record) ([]byte, error) {
	if len(r.Data) == store.HeadSize && summaryEnd(r.Data) > store.HeadSize {
		sealed, err := v.FindSealed(ctx, p, r.Key)
		if err != nil {
			return nil, err
		}
		return v.sealer.openSummary(p, KeyName(r.Key), sealed), nil
	}
	return v.sealer.openSummaryHead(p, KeyName(r.Key), r.Data), nil
}

// KeyName returns a key as text.
func KeyName(key store.Key) string { return hex.EncodeToString(key[:]) }

// ParseKey is the inverse of KeyName.
func ParseKey(name string) (key store.Key, ok bool) {
	raw, err := hex.DecodeString(name)
	return key, err == nil && copy(key[:], raw) == len(key) && len(raw) == len(key)
}

// call makes one call of the store, within the budget of its request.
func call[T any](ctx context.Context, v *Store, p Purpose, do func(context.Context) (T, error)) (T, error) {
	ctx, done := v.options.Budget(ctx)
	result, err := do(ctx)
	done(err)
	return result, v.failure(p, err)
}

// failure wraps an error of the store. Malformed data is not an error: it counts
// as a missing record, and is logged.
func (v *Store) failure(p Purpose, err error) error {
	if errors.Is(err, store.ErrMalformed) {
		v.LogMalformed(p, err)
		return nil
	}
	if err != nil {
		return v.options.Unavailable(err)
	}
	return nil
}

const malformedInterval = time.Minute // between two log lines: a record can be read many times a second

var errUnopened = errors.New("the record does not open")

// LogMalformed warns that a record counts as missing because it cannot be read. Err is the
// store's error; nil means that the record does not open.
func (v *Store) LogMalformed(p Purpose, err error) {
	now, last := time.Now().UnixNano(), v.lastWarning.Load()
	if now-last >= int64(malformedInterval) && v.lastWarning.CompareAndSwap(last, now) {
		v.options.Log.Warn("unreadable records in the session store count as missing: "+
			"they were sealed with a secret that is not set here, or another version or another program wrote them", "purpose", string(p), "error", cmp.Or(err, errUnopened))
	}
}
