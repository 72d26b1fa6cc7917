package storetest

import (
	"context"
	"errors"
	"fmt"
	"latchkey/auth/store"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Baseline is what BenchmarkStore compares an engine with.
type Baseline struct {
	Bare func(ctx context.Context) error                    // one round trip that does nothing
	Read func(ctx context.Context, keys []store.Key) error  // reads five records in one round trip
	Size func(ctx context.Context) (bytes int64, err error) // of everything in the engine
	Fill func(b *testing.B, fill func())                    // optional: makes filling faster
	Over func(b *testing.B, keys []store.Key)               // optional: more benchmarks over these records
}

// BenchmarkStore measures an engine beside its bare round trip, which differs
// between machines. With a million sessions every operation is slower than with a
// thousand, because they fit in no processor's cache; a bare read is as much
// slower.
func BenchmarkStore(b *testing.B, s store.Store, base Baseline) {
	b.Run("bare", func(b *testing.B) {
		Each(b, func(ctx context.Context, _ int) error { return base.Bare(ctx) })
	})
	for _, sessions := range benchSizes() {
		b.Run(strconv.Itoa(sessions), func(b *testing.B) {
			before := size(b, base)
			var keys, people []store.Key
			fillAll := func() { keys, people = fill(b, s, sessions) }
			if base.Fill != nil {
				base.Fill(b, fillAll)
			} else {
				fillAll()
			}
			grown := size(b, base) - before
			if base.Over != nil {
				base.Over(b, keys)
			}
			benchmarkOver(b, s, keys, float64(grown)/float64(sessions))
			benchmarkList(b, s, keys, people, base.Read)
		})
	}
}

func size(b *testing.B, base Baseline) int64 {
	b.Helper()
	bytes, err := base.Size(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return bytes
}

// benchSizes returns the numbers of sessions that BenchmarkStore runs with. Each
// person has five sessions of 2 KB. LATCHKEY_WHOLE, which the task bench sets,
// raises the larger number to a million.
func benchSizes() []int {
	if os.Getenv("LATCHKEY_WHOLE") != "" {
		return []int{1000, 1_000_000}
	}
	return []int{1000, 10_000}
}

func benchmarkOver(b *testing.B, s store.Store, keys []store.Key, bytesEach float64) {
	b.Run("Find", func(b *testing.B) {
		Each(b, func(ctx context.Context, i int) error { return wantData(s.Find(ctx, keys[i%len(keys)])) })
		b.ReportMetric(bytesEach, "B/session")
	})
	b.Run("Create", func(b *testing.B) {
		Each(b, func(ctx context.Context, _ int) error { return wantNew(s.Create(ctx, AnyRecord(AnyKey(), AnyKey()))) })
	})
	b.Run("logout", func(b *testing.B) { // of one person with five sessions
		Each(b, func(ctx context.Context, _ int) error {
			b.StopTimer()
			person := AnyKey()
			for range 5 {
				if err := wantNew(s.Create(ctx, AnyRecord(person, AnyKey()))); err != nil {
					return err
				}
			}
			b.StartTimer()
			return logOut(ctx, s, person)
		})
	})
}

// benchmarkList lists a person's five sessions, and then reads five other
// sessions by their keys. The metric times-bare is how much longer listing takes.
func benchmarkList(b *testing.B, s store.Store, keys, people []store.Key, read func(context.Context, []store.Key) error) {
	b.Run("List", func(b *testing.B) {
		var listing, reading time.Duration
		Each(b, func(ctx context.Context, i int) error {
			started := time.Now()
			if err := wantFive(s.List(ctx, people[i%len(people)])); err != nil {
				return err
			}
			listed := time.Now()
			err := read(ctx, keys[i*5%len(keys):][:5])
			listing, reading = listing+listed.Sub(started), reading+time.Since(listed)
			return err
		})
		b.ReportMetric(float64(listing.Nanoseconds())/float64(b.N), "ns/op")
		b.ReportMetric(float64(reading.Nanoseconds())/float64(b.N), "ns/bare")
		b.ReportMetric(float64(listing)/float64(reading), "times-bare")
	})
}

// logOut does what a back-channel logout does in the store, except its own
// record.
func logOut(ctx context.Context, s store.Store, person store.Key) error {
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

// Each runs one step after another with a context that can be canceled, as a
// request's can, because watching it costs time too.
func Each(b *testing.B, step func(ctx context.Context, i int) error) {
	ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := step(ctx, i); err != nil {
			b.Fatal(err)
		}
	}
}

// fill creates sessions in a store, many at a time.
func fill(b *testing.B, s store.Store, sessions int) (keys, people []store.Key) {
	keys, people = make([]store.Key, sessions), make([]store.Key, sessions/5)
	for i := range people {
		people[i] = AnyKey()
	}
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for i := worker; i < sessions; i += 16 {
				r := AnyRecord(people[i%len(people)], AnyKey())
				if keys[i] = r.Key; wantNew(s.Create(b.Context(), r)) != nil {
					b.Errorf("Create: got no session %d, want it", i)
				}
			}
		})
	}
	all.Wait()
	return keys, people
}

func wantData(data []byte, err error) error {
	if err == nil && data == nil {
		return errors.New("got no data from Find, want a session")
	}
	return err
}

func wantFive(listed []store.Record, err error) error {
	if err == nil && len(listed) != 5 {
		return fmt.Errorf("got %d sessions from List, want 5", len(listed))
	}
	return err
}

func wantNew(created bool, err error) error {
	if err == nil && !created {
		return errors.New("got false from Create, want true")
	}
	return err
}
