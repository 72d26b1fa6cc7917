package handlers_test

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// benched are the stores, each with a bare round trip to the same engine: what
// a page would cost that only looked up.
var benched = []struct {
	name  string
	start func(testing.TB) (url string)
	bare  func(tb testing.TB, url string) func(context.Context) error
}{
	{"memory", func(testing.TB) string { return "memory:" }, nil},
	{"sqlite", func(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "latchkey.db") }, nil},
	{"redis", func(tb testing.TB) string { return running(tb, storetest.Redis(tb)) }, bareRedis},
	{"postgres", func(tb testing.TB) string { return running(tb, storetest.Postgres(tb)) }, barePostgres},
}

func running(tb testing.TB, s *storetest.Server) (url string) {
	tb.Cleanup(s.Stop)
	return s.URL
}

func bareRedis(tb testing.TB, url string) func(context.Context) error {
	options, err := redis.ParseURL(url)
	if err != nil {
		tb.Fatal(err)
	}
	client := redis.NewClient(options)
	tb.Cleanup(func() { client.Close() })
	return func(ctx context.Context) error { return client.Ping(ctx).Err() }
}

func barePostgres(tb testing.TB, url string) func(context.Context) error {
	pool, err := pgxpool.New(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return func(ctx context.Context) (err error) {
		var one int
		return pool.QueryRow(ctx, "SELECT 1").Scan(&one)
	}
}

// BenchmarkHomeByStore is the signed-in home page by store: one request after
// another, and as many at once as there are processors. BenchmarkBare is the
// same page without a store; bare is the engine without a page.
func BenchmarkHomeByStore(b *testing.B) {
	for _, e := range benched {
		b.Run(e.name, func(b *testing.B) {
			url := e.start(b)
			handler, r := signedInHome(b, handlerstest.OpenStore(b, url), slog.LevelWarn)
			page := func(ctx context.Context) error {
				handler.ServeHTTP(&sink{header: http.Header{}}, r.WithContext(ctx))
				return nil
			}
			b.Run("page", func(b *testing.B) { oneByOne(b, page) })
			b.Run("page/parallel", func(b *testing.B) { manyAtOnce(b, page) })
			if e.bare == nil {
				return
			}
			trip := e.bare(b, url)
			b.Run("bare", func(b *testing.B) { oneByOne(b, trip) })
			b.Run("bare/parallel", func(b *testing.B) { manyAtOnce(b, trip) })
		})
	}
}

func oneByOne(b *testing.B, do func(context.Context) error) {
	for b.Loop() {
		if err := do(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b)
}

func manyAtOnce(b *testing.B, do func(context.Context) error) {
	b.SetParallelism(8) // of each processor: most of them wait for the engine
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := do(b.Context()); err != nil {
				b.Error(err)
				return
			}
		}
	})
	perSecond(b)
}

func perSecond(b *testing.B) { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "per-s") }
