package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// benched are the engines, each with a bare round trip to it: what a look-up
// would cost that did nothing; and with a bare reading of some records in one
// round trip, which a million others make slower in any engine.
var benched = []struct {
	name string
	open func(testing.TB) Store
	bare func(ctx context.Context, s Store) error
	read func(ctx context.Context, s Store, keys []Key) error
	size func(ctx context.Context, s Store) (bytes int64, err error)
}{
	{"memory", func(tb testing.TB) Store { return opened(tb, "memory:") }, bareMemory, readMemory, sizeOfMemory},
	{"sqlite", func(tb testing.TB) Store { return opened(tb, sqliteURL(tb)) }, bareSQLite, readSQLite, sizeOfSQLite},
	{"redis", func(tb testing.TB) Store { return opened(tb, redisServer.url(tb)) }, bareRedis, readRedis, sizeOfRedis},
	{"postgres", func(tb testing.TB) Store { return opened(tb, postgresURL(tb)) }, barePostgres, readPostgres, sizeOfPostgres},
}

// benchSizes are how many sessions BenchmarkStore is run over. Five belong to
// each person, and each has 2 KB. Whole, as bench has it, the larger number is
// a million.
func benchSizes() []int {
	if os.Getenv("LATCHKEY_WHOLE") != "" {
		return []int{1000, 1_000_000}
	}
	return []int{1000, 10_000}
}

// BenchmarkStore is to be read by engine: its bare round trip differs between
// machines. A million sessions are slower to find than a thousand, for they are
// in no processor's cache, and no more so than bare reading is.
func BenchmarkStore(b *testing.B) {
	for _, e := range benched {
		b.Run(e.name, func(b *testing.B) {
			s := e.open(b)
			b.Run("bare", func(b *testing.B) {
				each(b, func(ctx context.Context, _ int) error { return e.bare(ctx, s) })
			})
			for _, sessions := range benchSizes() {
				b.Run(strconv.Itoa(sessions), func(b *testing.B) {
					before := size(b, e.size, s)
					keys, people := filled(b, s, sessions)
					grown := size(b, e.size, s) - before
					benchmarkOver(b, s, keys, people, float64(grown)/float64(sessions))
					benchmarkList(b, s, keys, people, e.read)
				})
			}
		})
	}
}

func benchmarkOver(b *testing.B, s Store, keys, people []Key, bytesEach float64) {
	if m, ok := s.(*memory); ok {
		benchmarkMap(b, m, keys)
	}
	b.Run("Find", func(b *testing.B) {
		each(b, func(ctx context.Context, i int) error { return wantData(s.Find(ctx, keys[i%len(keys)])) })
		b.ReportMetric(bytesEach, "B/session")
	})
	b.Run("Create", func(b *testing.B) {
		each(b, func(ctx context.Context, _ int) error { return wantNew(s.Create(ctx, anyRecord(anyKey(), anyKey()))) })
	})
	b.Run("logout", func(b *testing.B) { // of one person with five sessions
		each(b, func(ctx context.Context, _ int) error {
			b.StopTimer()
			person := anyKey()
			for range 5 {
				if err := wantNew(s.Create(ctx, anyRecord(person, anyKey()))); err != nil {
					return err
				}
			}
			b.StartTimer()
			return logOut(ctx, s, person)
		})
	})
}

// benchmarkMap finds as many sessions in a bare map: what memory itself costs,
// which has to be fetched from further away the more there is of it.
func benchmarkMap(b *testing.B, m *memory, keys []Key) {
	held := make(map[Key][]byte, len(keys))
	for _, key := range keys {
		held[key] = m.records[key].Data
	}
	var mu sync.RWMutex // without it, the processor begins the next look-up before this one is done
	b.Run("bare map", func(b *testing.B) {
		each(b, func(_ context.Context, i int) error {
			mu.RLock()
			defer mu.RUnlock()
			return wantData(held[keys[i%len(keys)]], nil)
		})
	})
}

// benchmarkList lists a person's five sessions, and after each reads five
// sessions of others by their keys: "bare" is how much longer listing takes.
func benchmarkList(b *testing.B, s Store, keys, people []Key, read func(context.Context, Store, []Key) error) {
	b.Run("List", func(b *testing.B) {
		var listing, reading time.Duration
		each(b, func(ctx context.Context, i int) error {
			begun := time.Now()
			if err := wantFive(s.List(ctx, people[i%len(people)])); err != nil {
				return err
			}
			listed := time.Now()
			err := read(ctx, s, keys[i*5%len(keys):][:5])
			listing, reading = listing+listed.Sub(begun), reading+time.Since(listed)
			return err
		})
		b.ReportMetric(float64(listing.Nanoseconds())/float64(b.N), "ns/op")
		b.ReportMetric(float64(reading.Nanoseconds())/float64(b.N), "ns/bare")
		b.ReportMetric(float64(listing)/float64(reading), "times-bare")
	})
}

// logOut is what a back-channel logout asks of a store, but for its own record.
func logOut(ctx context.Context, s Store, person Key) error {
	listed, err := s.List(ctx, person)
	if err := wantFive(listed, err); err != nil {
		return err
	}
	for _, r := range listed {
		if err := wantData(s.Delete(ctx, r.Key)); err != nil {
			return err
		}
	}
	return nil
}

// each runs one step after another under a context that can be cancelled, as a
// request's can: watching it is part of the price.
func each(b *testing.B, step func(ctx context.Context, i int) error) {
	ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := step(ctx, i); err != nil {
			b.Fatal(err)
		}
	}
}

// filled puts sessions into a store, many at a time. SQLite need not wait for
// the disk meanwhile.
func filled(b *testing.B, s Store, sessions int) (keys, people []Key) {
	if s, ok := s.(*sqliteStore); ok {
		synchronous(b, s, "OFF")
		defer synchronous(b, s, "FULL")
	}
	keys, people = make([]Key, sessions), make([]Key, sessions/5)
	for i := range people {
		people[i] = anyKey()
	}
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for i := worker; i < sessions; i += 16 {
				r := anyRecord(people[i%len(people)], anyKey())
				if keys[i] = r.Key; wantNew(s.Create(b.Context(), r)) != nil {
					b.Errorf("Create: got no session %d, want it", i)
				}
			}
		})
	}
	all.Wait()
	return keys, people
}

func synchronous(b *testing.B, s *sqliteStore, mode string) {
	if _, err := s.write.ExecContext(b.Context(), "PRAGMA synchronous="+mode); err != nil {
		b.Fatal(err)
	}
}

func wantData(data []byte, err error) error {
	if err == nil && data == nil {
		return errors.New("Find: got nothing, want a session")
	}
	return err
}

func wantFive(listed []Record, err error) error {
	if err == nil && len(listed) != 5 {
		return fmt.Errorf("List: got %d sessions, want 5", len(listed))
	}
	return err
}

func wantNew(created bool, err error) error {
	if err == nil && !created {
		return errors.New("Create: got false, want true")
	}
	return err
}
