// Package store keeps sealed records: sessions, used states, remembered logouts
// and locks. A store does not know which is which: to it, a record is a key,
// opaque bytes and the time at which it expires.
//
// This package has the contract and the engine in memory. The packages sqlite,
// redis and postgres are the other engines, and storetest tests each of them
// against the contract.
package store

import (
	"context"
	"time"

	"latchkey/auth/store/internal/engine"
)

// ErrMalformed means that the engine answered, but that another program has
// written data there that is not in this package's format. The caller may treat
// that record as missing. List and Scan still return the others.
var ErrMalformed = engine.ErrMalformed

// URLError means that the URL of a store is wrong, so that it does not help to open the
// store again.
type URLError = engine.URLError

// Key addresses a record, or an index under which records are listed. It is
// always a SHA-256 digest: what was hashed (a session token, a subject) never
// reaches an engine.
type Key [32]byte

// Record is one entry of a store.
type Record struct {
	Key     Key
	Data    []byte    // sealed by the caller; opaque here
	Index   []Key     // the keys under which List finds the record; fixed at creation
	Expires time.Time // from this moment on the record does not exist
}

// HeadSize is how many bytes of a record's data List and Scan return, so that many
// long records cost no more than short ones.
const HeadSize = 4 << 10

// Store is the contract of every engine:
//
//   - Delete is final: only Create makes a record. An Update that runs while its
//     record is deleted changes nothing.
//   - Not found is not an error. An error other than ErrMalformed means that the
//     engine gave no answer, so the caller knows nothing about the record.
//   - An expired record is not found, listed or updated, and its key can be created
//     again.
//   - Data belongs to the engine, even after a method has returned it: the caller
//     must not change it. Arguments stay the caller's: a method copies what it
//     keeps.
//   - Every method returns soon after its context is done.
//   - A store is safe for concurrent use by many goroutines and, if its engine is
//     a server, by many processes.
type Store interface {
	// Create makes a record and reports whether it did: of many callers with one
	// key, the first wins and the others change nothing. Once Create has returned
	// true, Find and List return the record.
	Create(ctx context.Context, r Record) (created bool, err error)

	// Find returns a record's data, or nil if there is none, in one round trip.
	Find(ctx context.Context, key Key) (data []byte, err error)

	// Update replaces a record's data and expiry if the record exists and its data
	// still equals old, and reports whether it did. Sealed data never repeats, so
	// comparing data is comparing versions: no writer overwrites a change that it
	// has not seen.
	Update(ctx context.Context, key Key, old, data []byte, expires time.Time) (updated bool, err error)

	// Delete deletes a record and returns its last data, or nil if there was none:
	// of many callers, exactly one gets the data.
	Delete(ctx context.Context, key Key) (data []byte, err error)

	// List returns the records created under an index key, in no particular order,
	// with the first HeadSize bytes of their data and without Index.
	List(ctx context.Context, index Key) ([]Record, error)

	// Scan calls visit for each record, including those of other apps that share
	// the engine, one at a time and in no particular order. As in List, a record
	// has the first HeadSize bytes of its data, and no Index. A record that exists
	// throughout the scan is visited once. visit may call the store; its error
	// ends the scan, and Scan returns it.
	Scan(ctx context.Context, visit func(Record) error) error

	// Publish sends a short message (at most 1 KB of text) to every Subscribe of
	// every process that shares this store. A message may be lost while a
	// connection is interrupted.
	Publish(ctx context.Context, message string) error

	// Subscribe calls receive for each published message, one at a time, until ctx
	// is done, and returns its cause. It reconnects by itself. It calls connected each
	// time that it starts to listen, because messages may have been lost before.
	Subscribe(ctx context.Context, connected func(), receive func(message string)) error

	// Ping reports whether the engine answers and can be written to.
	Ping(ctx context.Context) error

	// Close stops the background work and closes the connections.
	Close() error
}
