package store_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

func newMemory(tb testing.TB) *store.Memory {
	s := store.NewMemory()
	tb.Cleanup(func() { s.Close() })
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Engine{Pair: func(tb testing.TB) (one, other store.Store) {
		s := newMemory(tb)
		return s, s
	}})
}

func TestSweepDeletesExpiredRecords(t *testing.T) {
	t.Parallel()
	s := newMemory(t)
	storetest.SweepDeletesExpired(t, s, s.Sweep, s.Count)
}

func BenchmarkStore(b *testing.B) {
	s := newMemory(b)
	storetest.BenchmarkStore(b, s, storetest.Baseline{
		Bare: func(ctx context.Context) error { return ctx.Err() },
		Read: func(_ context.Context, keys []store.Key) error {
			for _, key := range keys {
				if len(s.Read(key)) == 0 {
					return errors.New("got no data, want a session")
				}
			}
			return nil
		},
		Size: heapSize,
		Over: func(b *testing.B, keys []store.Key) { benchmarkMap(b, s, keys) },
	})
}

func heapSize(context.Context) (int64, error) {
	var heap runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&heap)
	return int64(heap.HeapAlloc), nil
}

// benchmarkMap finds as many sessions in a bare map, because a larger memory is
// slower to read by itself.
func benchmarkMap(b *testing.B, s *store.Memory, keys []store.Key) {
	data := make(map[store.Key][]byte, len(keys))
	for _, key := range keys {
		data[key] = s.Read(key)
	}
	var mu sync.RWMutex // keeps the processor from starting the next look-up before this one ends
	b.Run("bare map", func(b *testing.B) {
		storetest.Each(b, func(_ context.Context, i int) error {
			mu.RLock()
			defer mu.RUnlock()
			if data[keys[i%len(keys)]] == nil {
				return errors.New("got no data, want a session")
			}
			return nil
		})
	})
}
