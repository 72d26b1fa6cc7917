package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"time"

	"latchkey/auth/store"
)

// sealedStore is the only way to the store. It hashes what addresses a record, seals
// what is in it, bounds the wait, and gives every failure the code
// StoreUnavailable.
type sealedStore struct {
	store  store.Store
	sealer *sealer
	log    *slog.Logger

	malformed malformed
}

func newVault(s store.Store, sealer *sealer, log *slog.Logger) *sealedStore {
	return &sealedStore{store: s, sealer: sealer, log: log}
}

// keyOf addresses a record of a purpose. Every key begins with the app's
// origin, so that apps that share a store have no key in common: no session,
// index, lock, used state, remembered logout or message of one reaches another.
//
// The parts are random tokens, or are meant to be found by whoever knows them,
// so that a plain SHA-256 serves: a look-up stays one round trip whatever the
// secrets.
func (v *sealedStore) keyOf(p purpose, parts ...string) store.Key {
	return sha256.Sum256([]byte(v.sealer.origin + "\x00" + string(p) + "\x00" + strings.Join(parts, "\x00")))
}

// create makes a record, and returns it as it is sealed; nil where its key was
// taken.
func (v *sealedStore) create(ctx context.Context, p purpose, key store.Key, c recordParts, expires time.Time, index ...store.Key) ([]byte, error) {
	ctx, done := withBudget(ctx)
	defer done()
	sealed := v.sealer.sealParts(p, keyName(key), c, expires)
	created, err := v.store.Create(ctx, store.Record{Key: key, Data: sealed, Index: index, Expires: expires})
	if err != nil || !created {
		return nil, storeFailed(err)
	}
	return sealed, nil
}

// useOnce reports whether the caller is the first to claim this value of a
// purpose, whichever replica the others ask.
func (v *sealedStore) useOnce(ctx context.Context, p purpose, expires time.Time, parts ...string) (bool, error) {
	sealed, err := v.create(ctx, p, v.usedKey(p, parts), recordParts{}, expires)
	return sealed != nil, err
}

// used reports whether somebody has claimed this value of a purpose.
func (v *sealedStore) used(ctx context.Context, p purpose, parts ...string) (bool, error) {
	_, sealed, err := v.find(ctx, p, v.usedKey(p, parts))
	return sealed != nil, err
}

func (v *sealedStore) usedKey(p purpose, parts []string) store.Key {
	return v.keyOf(p, append([]string{"claim"}, parts...)...)
}

// find returns a record's front and, for rest and update, the record as it is
// sealed. One that does not open has no front: it is as good as none, and stays
// where it is, for another replica may have its secret.
func (v *sealedStore) find(ctx context.Context, p purpose, key store.Key) (front, sealed []byte, err error) {
	ctx, done := withBudget(ctx)
	defer done()
	sealed, err = v.store.Find(ctx, key)
	if err = v.failure(p, err); err != nil || sealed == nil {
		return nil, nil, err
	}
	front = v.sealer.openSummary(p, keyName(key), sealed)
	if front == nil {
		v.logMalformed(p, nil)
	}
	return front, sealed, nil
}

// details returns the other half of a record that find has returned.
func (v *sealedStore) details(p purpose, key store.Key, sealed []byte) []byte {
	return v.sealer.openDetails(p, keyName(key), sealed)
}

// update replaces what find returned, and returns it as it is sealed now; nil
// where somebody else had changed or deleted it meanwhile.
func (v *sealedStore) update(ctx context.Context, p purpose, key store.Key, sealed []byte, c recordParts, expires time.Time) ([]byte, error) {
	ctx, done := withBudget(ctx)
	defer done()
	next := v.sealer.sealParts(p, keyName(key), c, expires)
	updated, err := v.store.Update(ctx, key, sealed, next, expires)
	if err = v.failure(p, err); err != nil || !updated {
		return nil, err
	}
	return next, nil
}

// delete ends a record for good, and reports to one caller only that it did:
// with what the record held, or nothing where that does not open.
func (v *sealedStore) delete(ctx context.Context, p purpose, key store.Key) (c recordParts, deleted bool, err error) {
	ctx, done := withBudget(ctx)
	defer done()
	sealed, err := v.store.Delete(ctx, key)
	if err = v.failure(p, err); err != nil || sealed == nil {
		return recordParts{}, false, err
	}
	return recordParts{v.sealer.openSummary(p, keyName(key), sealed), v.details(p, key, sealed)}, true, nil
}

// entry is a record that list found.
type entry struct {
	key     store.Key
	summary []byte // nil: it does not open
}

// list returns the records under an index key. What does not open is among
// them, without a front: another replica may have its secret.
func (v *sealedStore) list(ctx context.Context, p purpose, index store.Key) ([]entry, error) {
	ctx, done := withBudget(ctx)
	defer done()
	records, err := v.store.List(ctx, index)
	if err = v.failure(p, err); err != nil {
		return nil, err
	}
	var entries []entry
	for _, r := range records {
		front, err := v.openSummaryOf(ctx, p, r)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{r.Key, front})
	}
	return entries, nil
}

// openSummaryOf opens the front of a listed record, of which the store has returned
// the head. Few fronts are longer than that: their records are read whole.
func (v *sealedStore) openSummaryOf(ctx context.Context, p purpose, r store.Record) ([]byte, error) {
	if len(r.Data) == store.HeadSize && frontEnd(r.Data) > store.HeadSize {
		sealed, err := v.store.Find(ctx, r.Key)
		if err = v.failure(p, err); err != nil {
			return nil, err
		}
		return v.sealer.openSummary(p, keyName(r.Key), sealed), nil
	}
	return v.sealer.openSummaryHead(p, keyName(r.Key), r.Data), nil
}

func keyName(key store.Key) string { return hex.EncodeToString(key[:]) }

// keyNamed is the inverse of keyName.
func keyNamed(name string) (key store.Key, ok bool) {
	raw, err := hex.DecodeString(name)
	return key, err == nil && copy(key[:], raw) == len(key) && len(raw) == len(key)
}

// failure is an error of the store, unless it is about malformed data: that is
// as good as none, and one line in the log.
func (v *sealedStore) failure(p purpose, err error) error {
	if errors.Is(err, store.ErrMalformed) {
		v.logMalformed(p, err)
		return nil
	}
	return storeFailed(err)
}

func storeFailed(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errorf(StoreUnavailable, "", "the session store did not answer in time: %w", err)
	}
	return &Error{Code: StoreUnavailable, Err: err}
}
