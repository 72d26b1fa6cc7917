// Package ratelimit limits how often something happens in a minute.
package ratelimit

import (
	"hash/maphash"
	"sync"
	"time"
)

// Limit counts events by key, such as a client's address.
type Limit struct {
	perMinute int
	seed      maphash.Seed // a key is stored as its hash: an attacker can neither choose its size nor another's hash

	mu                sync.Mutex
	minute            int64 // since 1970
	current, previous map[uint64]int
}

// New returns a limit of events per minute for each key.
func New(perMinute int) *Limit {
	return &Limit{perMinute: perMinute, seed: maphash.MakeSeed()}
}

// Allow reports whether an event at a time is within the limit, and counts it if it is.
// The minute slides: a part of the events of the previous minute counts, too.
func (l *Limit) Allow(key string, at time.Time) bool {
	hash := maphash.String(l.seed, key)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.start(at.Unix() / 60)
	left := 60 - at.Unix()%60 // seconds
	if l.current[hash]+l.previous[hash]*int(left)/60 >= l.perMinute {
		return false
	}
	l.current[hash]++
	return true
}

// start forgets the counts of all minutes but this one and the one before.
func (l *Limit) start(minute int64) {
	switch minute {
	case l.minute:
		return
	case l.minute + 1:
		l.previous = l.current
	default:
		l.previous = nil
	}
	l.minute, l.current = minute, map[uint64]int{}
}
