package auth

import (
	"sync/atomic"
	"time"
)

// malformedInterval is how often the log says that records do not open: each may be
// asked for many times a second.
const malformedInterval = time.Minute

// malformed are the records that count as none, because they are malformed or do
// not open. Whoever has one is signed out, and the operator reads it in the log.
type malformed struct {
	last  atomic.Int64 // when the log said so, in Unix nanoseconds
	count atomic.Int64 // since then
}

// logMalformed writes a log line for a record that counts as none.
func (v *sealedStore) logMalformed(p purpose, err error) {
	count, now, last := v.malformed.count.Add(1), time.Now().UnixNano(), v.malformed.last.Load()
	if now-last < int64(malformedInterval) || !v.malformed.last.CompareAndSwap(last, now) {
		return
	}
	v.malformed.count.Add(-count)
	facts := []any{"purpose", string(p), "records", count}
	if err != nil {
		facts = append(facts, "error", err)
	}
	v.log.Warn("records in the session store cannot be read, so that whoever has them counts as signed out: "+
		"they were sealed with a secret that is not set here, or somebody else has written to the store", facts...)
}
