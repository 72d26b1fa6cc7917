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
// would cost that did nothing.
var benched = []struct {
	name string
	open func(testing.TB) Store
	bare func(ctx context.Context, s Store) error
}{
	{"memory", func(tb testing.TB) Store { return opened(tb, "memory:") }, bareMemory},
	{"sqlite", func(tb testing.TB) Store { return opened(tb, sqliteURL(tb)) }, bareSQLite},
	{"redis", func(tb testing.TB) Store { return opened(tb, redisServer.url(tb)) }, bareRedis},
	{"postgres", func(tb testing.TB) Store { return opened(tb, postgresURL(tb)) }, barePostgres},
}

func bareMemory(ctx context.Context, _ Store) error { return ctx.Err() }

func bareSQLite(ctx context.Context, s Store) (err error) {
	var one int
	return s.(*sqliteStore).read.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

func bareRedis(ctx context.Context, s Store) error {
	return s.(*redisStore).client.Ping(ctx).Err()
}

func barePostgres(ctx context.Context, s Store) error {
	var one int
	return s.(*postgresStore).pool.QueryRow(ctx, "SELECT 1").Scan(&one)
}

// BenchmarkStore is run over as many sessions as LATCHKEY_BENCH_SESSIONS says,
// 1,000 else; five belong to each person. Compare the lines of one engine: the
// engine itself differs between machines, and its bare round trip with it.
func BenchmarkStore(b *testing.B) {
	sessions := 1000
	if asked, err := strconv.Atoi(os.Getenv("LATCHKEY_BENCH_SESSIONS")); err == nil {
		sessions = asked
	}
	for _, e := range benched {
		b.Run(e.name+"/"+strconv.Itoa(sessions), func(b *testing.B) {
			s := e.open(b)
			keys, people := filled(b, s, sessions)
			b.Run("bare", func(b *testing.B) {
				each(b, func(ctx context.Context, _ int) error { return e.bare(ctx, s) })
			})
			b.Run("Find", func(b *testing.B) {
				each(b, func(ctx context.Context, i int) error { return wantData(s.Find(ctx, keys[i%len(keys)])) })
			})
			b.Run("List", func(b *testing.B) {
				each(b, func(ctx context.Context, i int) error { return wantFive(s.List(ctx, people[i%len(people)])) })
			})
			b.Run("Create", func(b *testing.B) {
				each(b, func(ctx context.Context, _ int) error { return wantNew(s.Create(ctx, anyRecord(anyKey(), anyKey()))) })
			})
		})
	}
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

// filled puts sessions into a store, many at a time.
func filled(b *testing.B, s Store, sessions int) (keys, people []Key) {
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
