// Package store keeps sealed records: sessions, used states, remembered
// logouts and locks. It knows none of these words; to a store, a record is a
// key, some bytes it cannot read, and a time at which it is gone.
//
// The engines are siblings, one file each, and one test suite holds all of
// them to the contract below.
package store

import (
	"context"
	"errors"
	"time"
)

// ErrMalformed means that the engine answered, and that what it holds is not in
// this package's format: somebody else has written to it. The caller may go on
// as if that record were not there. List returns the others beside this error.
var ErrMalformed = errors.New("malformed data in the store")

// Key addresses a record, or an index under which records are listed. It is
// always a SHA-256 digest: what was hashed (a session token, a subject) never
// reaches an engine.
type Key [32]byte

// Record is one entry of a store.
type Record struct {
	Key     Key
	Data    []byte    // sealed by the caller; opaque here
	Index   []Key     // where List finds the record besides Find; fixed at creation
	Expires time.Time // from this moment on the record does not exist
}

// HeadSize is how many bytes of a record List returns, so that a list of many
// long records costs no more than what it is asked for.
const HeadSize = 4 << 10

// Store is the contract of every engine. Its clauses:
//
//   - Delete is final: only Create makes a record, and nothing but Create
//     brings one back. An Update that was under way while its record was
//     deleted changes nothing.
//   - Not found is not an error. An error means that the engine gave no
//     answer, and that the caller therefore knows nothing; except for
//     ErrMalformed.
//   - An expired record is not found, not listed, not updated, and in nobody's
//     way: its key may be created anew.
//   - Data belongs to the engine, also what a method returns: nobody changes a
//     byte of it. What a method is given stays the caller's.
//   - Every method returns soon after its context is done.
//   - Safe for concurrent use by many goroutines and, for the engines that
//     are servers, by many processes.
type Store interface {
	// Create makes a record, and reports whether it did: of many callers with
	// one key, the first wins and the others change nothing. Once Create has
	// returned true, Find and List have the record.
	Create(ctx context.Context, r Record) (created bool, err error)

	// Find returns a record's data, or nil where there is none: one round trip.
	Find(ctx context.Context, key Key) (data []byte, err error)

	// Update replaces a record's data and expiry, if the record exists and
	// its data still equals old, and reports whether it did. Sealed data never
	// repeats, so comparing it is comparing versions: no writer overwrites
	// what another has just written.
	Update(ctx context.Context, key Key, old, data []byte, expires time.Time) (updated bool, err error)

	// Delete ends a record and returns the data that it last held, or nil
	// where there was none: of many callers exactly one gets the data.
	Delete(ctx context.Context, key Key) (data []byte, err error)

	// List returns the records created under an index key, in no particular
	// order. Of the data of each it returns the first HeadSize bytes: whoever
	// needs more than that asks for the one record.
	List(ctx context.Context, index Key) ([]Record, error)

	// Scan calls visit for each record, including those of other apps that share
	// the engine, one at a time and in no particular order. As in List, a record
	// has the first HeadSize bytes of its data, and no Index. A record that exists
	// throughout the scan is visited once. visit may call the store; its error
	// ends the scan, and Scan returns it.
	Scan(ctx context.Context, visit func(Record) error) error

	// Publish hands a short message (at most 1 KB of text) to every Subscribe
	// of every process that shares this store. Best effort: a message may be
	// lost while a connection is.
	Publish(ctx context.Context, message string) error

	// Subscribe calls receive for each published message, one at a time, until
	// ctx is done, which it then returns the cause of. It reconnects by
	// itself; connected, where not nil, is called each time it listens (again),
	// for messages may have been lost before.
	Subscribe(ctx context.Context, connected func(), receive func(message string)) error

	// Ping reports whether the engine answers and can be written to.
	Ping(ctx context.Context) error

	// Close ends the background work and frees the connections.
	Close() error
}
